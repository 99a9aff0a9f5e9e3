"""Parts of a page that change by themselves: 304 when they did not."""

from __future__ import annotations

from flask import current_app, render_template, request
from werkzeug.wrappers import Response


def part(template: str, **values: object) -> Response:
    response = current_app.make_response(render_template(template, **values))
    response.add_etag()
    return response.make_conditional(request)

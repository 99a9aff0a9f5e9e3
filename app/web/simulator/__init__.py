"""A phone anyone can play with in the browser, and a clock that can be pushed. Refuses to run outside demo mode."""

from __future__ import annotations

import re

from flask import Blueprint, abort
from markupsafe import Markup, escape

from app.web.shell.here import ground

blueprint = Blueprint(
    "simulator", __name__, url_prefix="/simulator", template_folder="templates", static_folder="static"
)
_ADDRESS = re.compile(r"(https?://[^\s<>\"]+[^\s<>\".,;:!?)])")
LINK = Markup('<a href="{}" target="_blank" rel="noopener">{}</a>')


@blueprint.before_request
def only_in_demo() -> None:
    if not ground().is_demo:
        abort(404)


@blueprint.app_template_filter()
def with_links(text: str) -> Markup:
    """The text with its addresses made links; everything else escaped."""
    parts = (
        LINK.format(part, part) if part.startswith(("http://", "https://")) else escape(part)
        for part in _ADDRESS.split(text)
    )
    return Markup("").join(parts)


from app.web.simulator import views  # noqa: E402, F401 - the views hang themselves on the blueprint

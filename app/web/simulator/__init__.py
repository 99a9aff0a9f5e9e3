"""A phone anyone can play with in the browser, and a clock that can be pushed. Refuses to run outside demo mode."""

from __future__ import annotations

from flask import Blueprint, abort

from app.web.shell.house import ground

blueprint = Blueprint("simulator", __name__, url_prefix="/simulator", template_folder="templates", static_folder="static")


@blueprint.before_request
def only_in_demo() -> None:
    if not ground().is_demo:
        abort(404)


from app.web.simulator import views  # noqa: E402, F401 - the views hang themselves on the blueprint

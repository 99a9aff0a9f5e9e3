"""The shell's own routes: the front door, language, health, figures, files."""

from __future__ import annotations

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for

from app.core.errors import NotFound
from app.core.locale import catalogue_for, is_spoken
from app.staff.models import StaffAccount
from app.staff.rules import Permission
from app.web.shell.assets import serve_asset
from app.web.shell.database import clinic_write
from app.web.shell.health import troubles
from app.web.shell.here import ground, machine_now, now, viewer
from app.web.shell.language import offered, remember_language
from app.web.shell.metrics import figures

blueprint = Blueprint("shell", __name__)


@blueprint.get("/")
def front() -> Response | str:
    """Staff go to their desk; anyone else sees where they are."""
    found = g.get("viewer")
    if found is None:
        return render_template("shell/front.html", is_demo=ground().is_demo)
    return make_response(redirect(url_for("desk.tickets" if found.may(Permission.SEE_TICKETS) else "staff.account")))


@blueprint.post("/language")
def choose_language() -> Response:
    tag = request.form.get("lang", "")
    tag = catalogue_for(tag) if is_spoken(tag) else "en"
    if g.get("viewer") is not None:
        with clinic_write() as session:
            session.get_one(StaffAccount, viewer().staff_id).locale = tag
    response = make_response(redirect(own_path(request.form.get("back"))))
    remember_language(response, tag)
    return response


@blueprint.get("/assets/<name>")
def asset(name: str) -> Response:
    return serve_asset(name)


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", content_type="text/plain")


@blueprint.get("/readyz")
def readyz() -> Response:
    """The process can work: its database answers and has the tables it needs."""
    found = troubles(ground().database, machine_now=machine_now())
    return Response("\n".join(found or ["ready"]) + "\n", 503 if found else 200, content_type="text/plain")


@blueprint.get("/metrics")
def metrics() -> Response:
    """For a monitor on this machine only; a proxy that forwards for others is refused."""
    if request.remote_addr not in ("127.0.0.1", "::1") or "X-Forwarded-For" in request.headers:
        raise NotFound
    with ground().database.read() as session:
        return Response(figures(session, now(), machine_now()), content_type="text/plain; version=0.0.4")


def own_path(path: str | None) -> str:
    """A path of this server to go back to; anything else becomes the front door."""
    if not path or not path.startswith("/") or path.startswith(("//", "/\\")) or "\n" in path or "\r" in path:
        return "/"
    return path


@blueprint.app_context_processor
def languages() -> dict[str, object]:
    return {"languages": offered}

"""A short code typed where a link cannot be tapped: read from paper, a letter or over the phone."""

from __future__ import annotations

from flask import Response, make_response, redirect, request, url_for

from app.core.errors import TooMany
from app.patients.links import CODE_LETTERS
from app.patients.rules import Tried
from app.patients.tries import give_back_try, network_of, take_try
from app.web.patient.blueprint import blueprint
from app.web.patient.languages import asked_language, ways_to_read
from app.web.patient.rendering import page_of
from app.web.patient.who import open_link
from app.web.shell.here import ground, locale, machine_now, use_locale


@blueprint.get("/c")
@blueprint.get("/C")
@blueprint.get("/c/")
@blueprint.get("/c/<path:typed>")
@blueprint.get("/p/")
def ask_code(typed: str = "") -> Response:
    """A code typed into the address, after the short one, waits in the field."""
    return _page(200, typed=typed[:20])


@blueprint.post("/c")
@blueprint.post("/p/")
def take_code() -> Response:
    """To the page behind the code, which asks who it is as behind any link. Wrong codes are counted."""
    whence = network_of(request.remote_addr)
    with ground().database.write() as session:
        if not take_try(session, Tried.CODE, whence, machine_now()):
            raise TooMany
    spoken = locale()
    typed = "".join(letter for letter in request.form.get("code", "").upper()[:20] if letter.isalnum())
    if len(typed) != CODE_LETTERS or open_link(typed) is None:
        use_locale(spoken)
        return _page(422, typed=request.form.get("code", "")[:20])
    with ground().database.write() as session:
        give_back_try(session, Tried.CODE, whence, machine_now())
    return make_response(redirect(url_for(".page", token=typed, lang=asked_language()), code=303))


def _page(status: int, *, typed: str = "") -> Response:
    use_locale(asked_language() or locale())
    return page_of("code.html", status, wrong=status != 200, typed=typed, action=_here(), ways_to_read=ways_to_read())


def _here() -> str:
    """Where the code goes: what else stands in the address is not sent along."""
    tag = asked_language()
    return ("/p/" if request.path == "/p/" else "/c") + (f"?lang={tag}" if tag else "")

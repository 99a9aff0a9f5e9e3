"""The page behind a link: who are you, then the form, complete without script; every button saves the whole page."""

from __future__ import annotations

from flask import Response, make_response, redirect, request, url_for

from app.conversations.page import Page, open_page, save_page
from app.patients.models import Link
from app.web.patient.blueprint import blueprint
from app.web.patient.ended import ended, renew
from app.web.patient.files import let_files_in, posted_files
from app.web.patient.form import show, where_next
from app.web.patient.who import ask_who, has_proved, is_proving, open_link, prove, remember
from app.web.shell.here import ground, now

BUTTONS = frozenset({"finish", "go", "add"})


@blueprint.get("/p/<token>")
def page(token: str) -> Response:
    """The form for whoever has proved who they are; for anyone else a question. Opening changes nothing."""
    link = open_link(token)
    if link is None:
        return ended(token)
    if not has_proved(link):
        return ask_who(link)
    return show(_look(link, more=request.args.get("more")))


@blueprint.post("/p/<token>")
def answer(token: str) -> Response:
    """A date of birth, a page of answers, or the wish for a new link."""
    link = open_link(token)
    if link is None:
        return renew(token) if "again" in request.form else ended(token)
    is_known = has_proved(link)
    if is_known:
        let_files_in()
    if is_proving():
        return _prove(link, token)
    return _save(link, token) if is_known else ask_who(link)


def _look(link: Link, *, more: str | None = None) -> Page:
    with ground().database.read() as session:
        return open_page(session, link, now=now(), more=more)


def _save(link: Link, token: str) -> Response:
    """Saved, then sent on to what comes next, so that going back or reloading asks nothing twice."""
    fields = {name: request.form.getlist(name) for name in request.form if name not in BUTTONS}
    before = _look(link)
    is_last = "finish" in request.form
    after = save_page(ground(), link, fields, section="", finish=is_last, files=posted_files())
    ground().wake()
    if after.status != "open" or after.errors:
        return show(after, typed=request.form)
    anchor, where = where_next(before, after)
    return make_response(redirect(url_for(".page", token=token, _anchor=anchor, **where), code=303))


def _prove(link: Link, token: str) -> Response:
    """Right: on to the form, by a redirect so that going back to it later asks nothing. Wrong: the question again."""
    proving = prove(link)
    if proving.opened is None:
        return ask_who(link, wrong=not proving.is_paused, paused=proving.is_paused)
    token = proving.opened.token or token
    opened = make_response(redirect(url_for(".page", token=token, new=1), code=303))
    return remember(opened, proving.opened.cookie, token)

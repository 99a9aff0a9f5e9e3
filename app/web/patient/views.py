"""The page behind a link: who are you, then the form or home, complete without script; every button saves the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Response, g, make_response, redirect, request, url_for
from sqlalchemy.orm import Session

from app.conversations.page import Page, open_page, save_page
from app.core.audit import Actor, record_audit
from app.core.tenancy import confine
from app.patients.models import Link
from app.web.patient.blueprint import blueprint
from app.web.patient.door import door
from app.web.patient.files import posted_files
from app.web.patient.form import show, where_next
from app.web.patient.home import show_home
from app.web.patient.switch import keep_language, ways_of
from app.web.shell.here import ground, now

BUTTONS = frozenset({"finish", "go", "add", "lang"})


@blueprint.get("/p/<token>")
def page(token: str) -> Response:
    """The form, or home, for whoever has proved who they are; for anyone else a question. Opening changes nothing."""
    link = door(token)
    if isinstance(link, Response):
        return link
    if link.response_id is None:
        return show_home(link, token)
    with ground().database.write() as session:
        _record(session, "viewed", link)
        shown = open_page(confine(session, link.clinic_id), link, now=now(), more=request.args.get("more"))
    return show(shown, token=token, ways_to_read=ways_of(link))


@blueprint.post("/p/<token>")
def answer(token: str) -> Response:
    """A date of birth or PIN, a page of answers, or the wish for a new link."""
    link = door(token)
    if isinstance(link, Response):
        return link
    return show_home(link, token) if link.response_id is None else _save(link, token)


def _save(link: Link, token: str) -> Response:
    """Saved, then sent on to what comes next, so that going back or reloading asks nothing twice."""
    fields = {name: request.form.getlist(name) for name in request.form if name not in BUTTONS}
    with ground().database.read() as session:
        before = open_page(session, link, now=now())
    is_last = "finish" in request.form
    after = save_page(ground(), link, fields, section="", finish=is_last, files=posted_files())
    ground().wake()
    if "lang" in request.form:
        return _in_other_words(link, token, after, fields)
    if after.status != "open" or after.errors:
        return show(after, token=token, typed=request.form, ways_to_read=ways_of(link))
    anchor, where = where_next(before, after)
    return make_response(redirect(url_for(".page", token=token, _anchor=anchor, **where), code=303))


def _in_other_words(link: Link, token: str, saved: Page, fields: Mapping[str, Sequence[str]]) -> Response:
    """The same part in the language asked for. What could be read is kept; what could not stays as typed, and is saved
    once more to be told so in the new language."""
    keep_language(link, request.form["lang"])
    if saved.errors:
        again = save_page(ground(), link, fields, section="")
        return show(again, token=token, typed=request.form, ways_to_read=ways_of(link))
    part = request.args.get("part")
    return make_response(redirect(url_for(".page", token=token, new=1, part=part), code=303))


def _record(session: Session, action: str, link: Link) -> None:
    record_audit(
        session, action, "response", link.response_id, actor=Actor("patient", link.patient_id, g.get("request_id")),
        now=now(), clinic_id=link.clinic_id, patient_id=link.patient_id,
    )  # fmt: skip

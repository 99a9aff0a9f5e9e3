"""The door of every page behind a link: the link good, the visitor known; else a page that says what to do instead."""

from __future__ import annotations

from flask import Response, make_response, redirect, request, url_for

from app.patients.links import Opened
from app.patients.models import Link
from app.web.patient.ended import ended, renew
from app.web.patient.files import let_files_in
from app.web.patient.languages import asked_language
from app.web.patient.switch import keep_language
from app.web.patient.who import ask_who, has_proved, is_proving, open_link, prove, remember

# where to go on after the question, when it is not the link's own page
ROOMS = {"home": ".home", "pin": ".pin", "phone": ".phone"}


def door(token: str, *, to: str = "") -> Link | Response:
    """The link, for whoever has proved who they are; for anyone else what they meet at the door.

    A language asked for is kept on the way in: by the address, or by a button of the room `to`. The button of a form
    is left to its view, which first saves what was typed in the language it was read in.
    """
    link = open_link(token)
    if link is None:
        return renew(token) if "again" in request.form else ended(token)
    is_known = has_proved(link)
    if is_known:
        let_files_in()
    if is_known and (tag := request.args.get("lang") or (to and request.form.get("lang"))):
        keep_language(link, tag)
    if request.method == "POST" and is_proving():
        return _let_in(link, token)
    return link if is_known else ask_who(link, token, to=to)


def _let_in(link: Link, token: str) -> Response:
    """Right: on to the page, by a redirect so that going back to it later asks nothing. Wrong: the question again."""
    to = request.form.get("to", "")
    proving = prove(link)
    if proving.opened is None:
        return ask_who(link, token, to=to, wrong=not proving.is_paused, paused=proving.is_paused)
    return let_in(proving.opened, token, to=to)


def let_in(opened: Opened, token: str, *, to: str) -> Response:
    """Known from here on, and on to the room that was asked for."""
    token = opened.token or token
    if (tag := asked_language()) is not None:
        keep_language(opened.link, tag)
    answer = make_response(redirect(url_for(ROOMS.get(to, ".page"), token=token, new=1), code=303))
    return remember(answer, opened.cookie, token)

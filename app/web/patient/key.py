"""Who you are, said by the phone's own lock: for a link whose patient has set that up, beside the date of birth."""

from __future__ import annotations

from flask import Response, g, request
from sqlalchemy.orm import Session

from app.core.errors import Ended, NotFound, TooMany
from app.core.passkeys import site_of
from app.patients.links import Opened
from app.patients.models import Link
from app.patients.passkeys import Signed, ask_to_open, open_by_passkey
from app.patients.rules import Tried
from app.patients.tries import network_of, take_try
from app.web.patient.blueprint import blueprint
from app.web.patient.door import let_in
from app.web.patient.ended import ended
from app.web.patient.who import LONGEST_TOKEN, ask_who, counted, open_link
from app.web.shell.here import ground, machine_now, now
from app.web.shell.passkey_answer import as_json

LONGEST_ANSWER = 20_000


@blueprint.post("/p/<token>/key/options")
def open_options(token: str) -> Response:
    """What the lock is asked to sign. Tells no more than the page did: that a phone was set up for this link."""
    link = open_link(token)
    if link is None:
        raise Ended
    limit_questions()
    with ground().database.write() as session:
        asked = ask_to_open(session, session.get_one(Link, link.id), site_of(ground().public_url), machine_now())
    if asked is None:
        raise NotFound
    return as_json(asked)


@blueprint.post("/p/<token>/key")
def open_by_key(token: str) -> Response:
    """Right: on to the page. Wrong: the question again, to be answered by typing."""
    link = open_link(token)
    if link is None:
        return ended(token)
    proving = counted(link, _open)
    to = request.form.get("to", "")
    if proving.opened is None:
        return ask_who(link, token, to=to, wrong=not proving.is_paused, paused=proving.is_paused)
    return let_in(proving.opened, token, to=to)


def signed_in_form() -> Signed:
    """What the browser's part of it put into the form."""
    return Signed(request.form.get("token", "")[:LONGEST_TOKEN], request.form.get("answer", "")[:LONGEST_ANSWER])


def limit_questions() -> None:
    """Each question is a row: enough for a waiting room, too little for a machine."""
    with ground().database.write() as session:
        may = take_try(session, Tried.PASSKEY, network_of(request.remote_addr), machine_now())
    if not may:
        raise TooMany


def _open(session: Session, link: Link) -> Opened | None:
    return open_by_passkey(
        session, link, signed_in_form(), site=site_of(ground().public_url), now=now(), machine_now=machine_now(),
        request_id=g.get("request_id"),
    )  # fmt: skip

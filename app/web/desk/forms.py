"""What the desk's forms carry: a key that makes sending twice once, and where to go on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Response, make_response, redirect, request
from sqlalchemy.orm import Session

from app.core.errors import ShapeWrong
from app.core.ids import new_token
from app.support.claim_ticket import Hand
from app.support.submit_once import submit_once
from app.web.desk.scope import our_ticket
from app.web.shell.database import clinic_write
from app.web.shell.here import machine_now, now, viewer

YEARS = range(2000, 2101)  # a day outside them is nobody's, and reckoning with it may leave the calendar


def new_key() -> str:
    """One per form shown."""
    return new_token()


def hand() -> Hand:
    return Hand(staff_id=viewer().staff_id, now=now(), machine_now=machine_now())


def text_of(name: str) -> str:
    return request.form.get(name, "")


def number_of(name: str) -> int | None:
    """A row id from a form field; None when it is none."""
    return as_id(text_of(name))


def as_id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def as_moment(text: str) -> datetime | None:
    """A moment with its zone, from an address; None when it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo and moment.year in YEARS else None


def act_once(act: Callable[[Session, Hand], str]) -> Response:
    """Run the act in one transaction, once per form key, and send the browser where it says."""
    key = text_of("key")
    if not 8 <= len(key) <= 64:
        raise ShapeWrong
    mine = hand()
    with clinic_write() as session:
        answer = submit_once(session, key, staff_id=mine.staff_id, now=mine.now, act=lambda: act(session, mine))
    return make_response(redirect(answer, 303))


def act_on_ticket(ticket_id: int, act: Callable[[Session, Hand], str]) -> Response:
    """The same for an act on a ticket of this clinic."""

    def on_our_ticket(session: Session, mine: Hand) -> str:
        our_ticket(session, ticket_id)
        return act(session, mine)

    return act_once(on_our_ticket)

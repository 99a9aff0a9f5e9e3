"""What each button of the home page does, in the request's one transaction."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask import g, request
from sqlalchemy.orm import Session

from app.conversations.ask_call_back import Window, Wish, ask_call_back
from app.conversations.choices import Choice
from app.conversations.choose_on_page import Button, choose_on_page
from app.conversations.send_link import open_form_of
from app.conversations.write_to_clinic import LONGEST, Letter, contact_of, write_to_clinic
from app.core.errors import NotFound, ShapeWrong
from app.patients.links import Opened
from app.patients.models import Patient
from app.patients.rules import Tried
from app.patients.tries import take_try
from app.web.shell.here import locale, machine_now, now
from channels.address import Address, normalise_phone

CHOICES = {"confirm": Choice.CONFIRM, "move": Choice.MOVE, "cancel": Choice.CANCEL}
LONGEST_KEY = 60
_SHOWN = re.compile(r"(\d{1,19})@(\S{10,40})")


class Done(StrEnum):
    """What the page says after a button; a code in the address, a sentence on the page."""

    TAKEN = "taken"
    CHANGED = "changed"
    PASSED_ON = "passed_on"
    WRITTEN = "written"
    ALARM = "alarm"
    CALL_BACK = "call_back"


@dataclass(frozen=True)
class Did:
    """What came of a button: something done, something that needs another look, or a form opened."""

    done: Done | None = None
    place: str | None = None
    wrong: str | None = None
    opened: Opened | None = None


def typed_key() -> str:
    """The key the page was made with: the same form posted again is known by it."""
    return request.form.get("key", "")[:LONGEST_KEY]


def _choose(session: Session, patient: Patient) -> Did:
    name = next(each for each in CHOICES if each in request.form)
    shown = _SHOWN.fullmatch(request.form[name])
    if shown is None:
        raise ShapeWrong
    button = Button(CHOICES[name], _row(shown[1]), _moment(shown[2]), locale(), g.get("request_id"))
    chosen = choose_on_page(session, patient, button, now=now())
    return Did(Done(chosen.value), f"a-{button.appointment_id}")


def _write(session: Session, patient: Patient) -> Did:
    words = request.form.get("words", "").replace("\r\n", "\n").strip()
    if not words or len(words) > LONGEST:
        return Did(wrong="long" if words else "empty")
    if not _may_write(session, patient):
        return Did(wrong="often")
    letter = Letter(words, typed_key(), locale(), g.get("request_id"))
    written = write_to_clinic(session, patient, letter, now=now())
    return Did(Done.ALARM if written.alarm else Done.WRITTEN, "words")


def _call(session: Session, patient: Patient) -> Did:
    chosen = request.form.get("number", "")
    contact = contact_of(session, patient, _row(chosen)) if chosen.isdecimal() else None
    other = normalise_phone(request.form.get("other", "")[:40])
    if contact is None and not isinstance(other, Address):
        return Did(wrong="number")
    if not _may_write(session, patient):
        return Did(wrong="often_call")
    wish = Wish(
        window=_window(),
        may_leave_message=request.form.get("message") == "yes",
        contact=contact,
        number=other.value if isinstance(other, Address) else "",
        key=typed_key(),
        locale=locale(),
        request_id=g.get("request_id"),
    )
    ask_call_back(session, patient, wish, now=now())
    return Did(Done.CALL_BACK, "call")


def _open(session: Session, patient: Patient) -> Did:
    opened = open_form_of(
        session, patient, _row(request.form["open"]), locale=locale(), now=now(), request_id=g.get("request_id")
    )
    if opened is None:
        raise NotFound
    return Did(opened=opened)


ACTS: Mapping[str, Callable[[Session, Patient], Did]] = {
    **dict.fromkeys(CHOICES, _choose), "write": _write, "call": _call, "open": _open,
}  # fmt: skip


def _may_write(session: Session, patient: Patient) -> bool:
    """Enough for anyone in need, too little for a machine."""
    return take_try(session, Tried.WORDS, str(patient.id), machine_now())


def _row(typed: str) -> int:
    if not (typed.isascii() and typed.isdigit() and len(typed) < 20):
        raise ShapeWrong
    return int(typed)


def _moment(typed: str) -> datetime:
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError as error:
        raise ShapeWrong from error
    if moment.tzinfo is None:
        raise ShapeWrong
    return moment


def _window() -> Window:
    asked = request.form.get("when", "")
    return Window(asked) if asked in set(Window) else Window.ANY

"""What a simulated phone shows and keeps: its thread, its call, texts that wait for coverage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.database import Database
from app.demo.models import Phone, PhoneCall, PhoneText
from app.demo.network import number_index
from channels.base import CallOutcome
from channels.simulator.network import PhoneBehaviour

OFF_THE_NETWORK = frozenset({PhoneBehaviour.NO_COVERAGE, PhoneBehaviour.SWITCHED_OFF})
_LIVE = (CallOutcome.RINGING, CallOutcome.ANSWERED)


@dataclass(frozen=True)
class Bubble:
    """One text of the thread. `is_mine`: written on this phone; `waits`: not sent for want of coverage."""

    text: str
    at: datetime
    is_mine: bool
    waits: bool = False


@dataclass(frozen=True)
class LiveCall:
    """The call on the phone now: ringing, or in progress with what is being said."""

    carrier_id: str
    call_token: str
    rings: bool
    screen: dict[str, Any]


@dataclass(frozen=True)
class PhoneView:
    behaviour: PhoneBehaviour
    bubbles: tuple[Bubble, ...]
    call: LiveCall | None

    @property
    def has_coverage(self) -> bool:
        return self.behaviour not in OFF_THE_NETWORK


def look_at_phone(session: Session, number: str) -> PhoneView:
    """Everything a person sees who holds the phone. Without coverage, what came since is not there yet."""
    index = number_index(number)
    phone = session.scalar(select(Phone).where(Phone.number_index == index))
    behaviour = PhoneBehaviour(phone.behaviour) if phone else PhoneBehaviour.ORDINARY
    texts = session.scalars(select(PhoneText).where(PhoneText.number_index == index).order_by(PhoneText.id))
    calls = select(PhoneCall).where(PhoneCall.number_index == index, PhoneCall.outcome.in_(_LIVE))
    call = session.scalar(calls.order_by(PhoneCall.id.desc()).limit(1))
    shown = tuple(_bubble(text) for text in texts if text.is_written or text.status == "delivered")
    return PhoneView(behaviour, shown, _live(call) if call and behaviour not in OFF_THE_NETWORK else None)


def keep_written(database: Database, number: str, message_id: str, text: str, *, at: datetime, waits: bool) -> bool:
    """Keep a text written on the phone; False when this very one is already there."""
    with database.write() as session:
        if session.scalar(select(PhoneText.id).where(PhoneText.carrier_id == message_id)):
            return False
        session.add(
            PhoneText(
                carrier_id=message_id,
                attempt_token="",
                number_index=number_index(number),
                sender=number,
                is_written=True,
                status="waiting" if waits else "written",
                sent_at=at,
                content={"to": number, "text": text},
            )
        )
        return True


def take_waiting(database: Database, number: str) -> list[tuple[str, str]]:
    """Texts written without coverage, oldest first, now on their way: (message id, text)."""
    index = number_index(number)
    waiting = select(PhoneText).where(PhoneText.number_index == index, PhoneText.status == "waiting")
    with database.write() as session:
        texts = session.scalars(waiting.order_by(PhoneText.id)).all()
        for text in texts:
            text.status = "written"
        return [(text.carrier_id, text.content["text"]) for text in texts]


def keep_dialled(database: Database, number: str, call_id: str, *, at: datetime) -> bool:
    """Keep a call dialled on the phone; False when it is already there."""
    with database.write() as session:
        if session.scalar(select(PhoneCall.id).where(PhoneCall.carrier_id == call_id)):
            return False
        answered = CallOutcome.ANSWERED.value
        session.add(
            PhoneCall(
                carrier_id=call_id,
                call_token="",
                number_index=number_index(number),
                sender=number,
                placed_at=at,
                ring_s=0,
                outcome=answered,
                reported=answered,
                number=number,
            )
        )
        return True


def show_prompt(database: Database, call_id: str, screen: dict[str, Any]) -> None:
    """What the call says now; a prompt that expects nothing ends it."""
    with database.write() as session:
        call = session.scalar(select(PhoneCall).where(PhoneCall.carrier_id == call_id))
        if call is None:
            return
        call.screen = screen
        if screen["hang_up"]:
            call.outcome = CallOutcome.COMPLETED.value


def screen_of(database: Database, call_id: str) -> dict[str, Any]:
    with database.read() as session:
        call = session.scalar(select(PhoneCall).where(PhoneCall.carrier_id == call_id))
        return (call.screen if call else None) or {}


def call_in_progress(database: Database, number: str) -> str | None:
    """The carrier's id of the call that is answered on this phone."""
    answered = PhoneCall.outcome == CallOutcome.ANSWERED
    with database.read() as session:
        return session.scalar(
            select(PhoneCall.carrier_id)
            .where(PhoneCall.number_index == number_index(number), answered)
            .order_by(PhoneCall.id.desc())
            .limit(1)
        )


def end_call(database: Database, call_id: str) -> None:
    with database.write() as session:
        ended = CallOutcome.COMPLETED.value
        session.execute(update(PhoneCall).where(PhoneCall.carrier_id == call_id).values(outcome=ended))


def _bubble(text: PhoneText) -> Bubble:
    return Bubble(text.content["text"], text.sent_at, is_mine=text.is_written, waits=text.status == "waiting")


def _live(call: PhoneCall) -> LiveCall:
    rings = call.outcome == CallOutcome.RINGING
    return LiveCall(call.carrier_id, call.call_token, rings=rings, screen=call.screen or {})

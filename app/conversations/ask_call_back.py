"""A patient asks to be called back: one ticket, however often it is asked while it is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from app.conversations.hold import hand_over, ticket_about
from app.conversations.rules import ConversationState
from app.conversations.visit import say_number
from app.conversations.write_to_clinic import Letter, conversation_with, keep_letter
from app.core.locale import translator
from app.messaging.models import Message
from app.patients.models import ContactPoint, Patient
from app.support.models import Ticket
from app.support.open_ticket import patient_wrote
from app.support.rules import TicketReason
from app.support.store import open_call_back


class Window(StrEnum):
    """When a call suits, in the patient's own day."""

    ANY = "any"
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


WINDOW_SENTENCES = {
    Window.ANY: "any time",
    Window.MORNING: "in the morning",
    Window.AFTERNOON: "in the afternoon",
    Window.EVENING: "in the evening",
}


@dataclass(frozen=True)
class Wish:
    """`contact` is a number the clinic has; else `number` (E.164) is one the patient just gave."""

    window: Window
    may_leave_message: bool
    contact: ContactPoint | None
    number: str
    key: str
    locale: str
    request_id: str | None = None


def ask_call_back(session: Session, patient: Patient, wish: Wish, *, now: datetime) -> Ticket | None:
    """The call-back ticket; the wish stands in it as the patient's words. None when this very wish was taken before.

    A number the patient gave is in those words, sealed; the ticket's details hold codes only.
    """
    letter = Letter(_words(wish), wish.key, wish.locale, wish.request_id)
    message = keep_letter(session, patient, letter, now=now)
    if message is None:
        return None
    ticket = open_call_back(session, patient.id) or _new_ticket(session, patient, message, now=now)
    ticket.details = {**ticket.details, "window": wish.window.value, "may_leave_message": wish.may_leave_message}
    ticket.contact_point_id = wish.contact.id if wish.contact is not None else ticket.contact_point_id
    patient_wrote(session, ticket, message, now)
    return ticket


def _new_ticket(session: Session, patient: Patient, message: Message, *, now: datetime) -> Ticket:
    conversation = conversation_with(session, patient, message, now=now)
    message.conversation_id = conversation.id
    give = ticket_about if conversation.state == ConversationState.HELD else hand_over
    cause = f"call_back:page:{message.id}"
    return give(session, conversation, TicketReason.CALL_BACK, now=now, cause=cause, message_id=message.id)


def _words(wish: Wish) -> str:
    translate = translator(wish.locale)
    number = say_number(wish.contact.address if wish.contact is not None else wish.number)
    asks = translate("Please call me back at {number}, {when}.")
    when = translate(WINDOW_SENTENCES[wish.window])
    message = (
        translate("You may leave a message.") if wish.may_leave_message else translate("Please do not leave a message.")
    )
    return f"{asks.format(number=number, when=when)} {message}"

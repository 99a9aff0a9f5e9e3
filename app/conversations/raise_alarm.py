"""Words that say a life may be in danger: an urgent ticket and what to do now, in the commit of the words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.conversations.alarm_words import Alarm, read_alarm
from app.conversations.emergency_words import emergency_words
from app.conversations.hold import hand_over, ticket_about
from app.conversations.letter import Letter
from app.conversations.models import Conversation
from app.conversations.rules import ConversationKind
from app.core.models import Clinic
from app.messaging.models import Message
from app.support.models import Ticket
from app.support.open_ticket import patient_wrote
from app.support.raise_red_flag import Flag, raise_red_flag
from app.support.rules import TicketReason, Urgency


def alarm_in(clinic: Clinic, words: str) -> Alarm | None:
    """The alarm these words raise, read with the clinic's own phrases beside ours."""
    return read_alarm(words, clinic.settings.get("alarm_words", ()))


@dataclass(frozen=True)
class Voices:
    """How many patients share the phone, and whether more than one of them may have written."""

    patients: int = 1
    may_be_any: bool = False


ONE_VOICE = Voices()


def raise_alarm(letter: Letter, conversation: Conversation, alarm: Alarm, voices: Voices) -> None:
    """Tell a person and, unless they were told already, the patient."""
    letter.belongs_to(conversation)
    if tell_a_person(letter.session, conversation, alarm, letter.message, now=letter.now, voices=voices):
        letter.reply(emergency_words(letter.clinic, letter.locale, alarm), purpose="emergency", needs_consent=False)


def tell_a_person(
    session: Session,
    conversation: Conversation,
    alarm: Alarm,
    message: Message,
    *,
    now: datetime,
    voices: Voices = ONE_VOICE,
) -> bool:
    """An urgent ticket; False when one is open, which takes the words. A form goes on; all else is handed over.

    Where several may have written the ticket is nobody's until a person knows, even when a form takes the words."""
    shared = {"patients": voices.patients} if voices.patients > 1 else {}
    tell = ticket_about if _goes_on(conversation) else hand_over

    def open_one(cause: str, details: Mapping[str, Any]) -> Ticket:
        return tell(
            session, conversation, TicketReason.RED_FLAG, now=now, cause=cause, urgency=Urgency.URGENT,
            message_id=message.id, **shared, **details,
        )  # fmt: skip

    flag = Flag(f"words:{alarm.value}", "", Urgency.URGENT, f"alarm:{message.id}", message.id)
    raised = raise_red_flag(
        session, flag, conversation_id=conversation.id, response_id=conversation.response_id, now=now,
        open_one=open_one,
    )  # fmt: skip
    if raised.is_new and voices.may_be_any:
        raised.ticket.patient_id = None
    if not raised.is_new:
        patient_wrote(session, raised.ticket, message, now)
    return raised.is_new


def _goes_on(conversation: Conversation) -> bool:
    """A form's next question still comes, or a person already holds the conversation."""
    return conversation.kind == ConversationKind.QUESTIONNAIRE or conversation.held_by_ticket_id is not None

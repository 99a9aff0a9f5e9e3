"""Words that say a life may be in danger: an urgent ticket and what to do now, in the commit of the words."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.conversations.alarm_words import Alarm, read_alarm
from app.conversations.emergency_words import emergency_words
from app.conversations.hold import hand_over, ticket_about
from app.conversations.letter import Letter
from app.conversations.models import Conversation
from app.conversations.rules import ConversationKind
from app.core.models import Clinic
from app.messaging.models import Message
from app.support.open_ticket import patient_wrote
from app.support.rules import TicketReason, Urgency
from app.support.store import open_red_flag


def alarm_in(clinic: Clinic, words: str) -> Alarm | None:
    """The alarm these words raise, read with the clinic's own phrases beside ours."""
    return read_alarm(words, clinic.settings.get("alarm_words", ()))


def raise_alarm(letter: Letter, conversation: Conversation, alarm: Alarm) -> None:
    """Tell a person and, unless they were told already, the patient."""
    letter.belongs_to(conversation)
    if tell_a_person(letter.session, conversation, alarm, letter.message, now=letter.now):
        letter.reply(emergency_words(letter.clinic, letter.locale, alarm), purpose="emergency", needs_consent=False)


def tell_a_person(
    session: Session, conversation: Conversation, alarm: Alarm, message: Message, *, now: datetime
) -> bool:
    """An urgent ticket; False when one is open, which takes the words. A form goes on; all else is handed over."""
    standing = open_red_flag(session, conversation.id)
    if standing is not None:
        patient_wrote(session, standing, message, now)
        return False
    tell = ticket_about if _goes_on(conversation) else hand_over
    tell(
        session,
        conversation,
        TicketReason.RED_FLAG,
        now=now,
        cause=f"alarm:{message.id}",
        urgency=Urgency.URGENT,
        message_id=message.id,
        rule=f"words:{alarm.value}",
    )
    return True


def _goes_on(conversation: Conversation) -> bool:
    """A form's next question still comes, or a person already holds the conversation."""
    return conversation.kind == ConversationKind.QUESTIONNAIRE or conversation.held_by_ticket_id is not None

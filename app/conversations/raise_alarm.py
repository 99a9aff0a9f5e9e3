"""A text that says a life may be in danger: an urgent ticket and what to do now, in the commit of the text itself."""

from __future__ import annotations

from app.conversations.alarm_words import Alarm, read_alarm
from app.conversations.emergency_words import emergency_words
from app.conversations.hold import hand_over, ticket_about
from app.conversations.letter import Letter
from app.conversations.models import Conversation
from app.conversations.rules import ConversationKind
from app.support.open_ticket import patient_wrote
from app.support.rules import TicketReason, Urgency
from app.support.store import open_red_flag


def alarm_in(letter: Letter) -> Alarm | None:
    return read_alarm(letter.text, letter.clinic.settings.get("alarm_words", ()))


def raise_alarm(letter: Letter, conversation: Conversation, alarm: Alarm) -> None:
    """Tell a person and the patient, once per open red flag. A form goes on asking; anything else is handed over."""
    letter.belongs_to(conversation)
    standing = open_red_flag(letter.session, conversation.id)
    if standing is not None:
        patient_wrote(letter.session, standing, letter.message, letter.now)
        return
    tell = ticket_about if _goes_on(conversation) else hand_over
    tell(
        letter.session,
        conversation,
        TicketReason.RED_FLAG,
        now=letter.now,
        cause=f"alarm:{letter.message.id}",
        urgency=Urgency.URGENT,
        message_id=letter.message.id,
        rule=f"words:{alarm.value}",
    )
    letter.reply(emergency_words(letter.clinic, letter.locale, alarm), purpose="emergency", needs_consent=False)


def _goes_on(conversation: Conversation) -> bool:
    """A form's next question still comes, or a person already holds the conversation."""
    return conversation.kind == ConversationKind.QUESTIONNAIRE or conversation.held_by_ticket_id is not None

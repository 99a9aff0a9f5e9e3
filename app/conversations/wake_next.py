"""When the line is free again, the form that stepped back goes on with the question it had reached."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.conversations import line_words
from app.conversations.form_turn import open_form, say_texts
from app.conversations.hold import reopen
from app.conversations.line_words import line_of
from app.conversations.models import Conversation
from app.conversations.rules import ConversationState
from app.conversations.speak import Errand, say_to
from app.conversations.store import open_at
from app.core.models import Clinic
from app.messaging.rules import MessageClass, Priority
from app.patients.models import ContactPoint


def wake_next(session: Session, clinic_id: int, address_index: str, *, now: datetime) -> None:
    """Resume the oldest form queued at this address, unless something else waits there."""
    session.flush()
    standing = open_at(session, clinic_id, address_index)
    queued = [each for each in standing if each.state == ConversationState.QUEUED]
    if queued and not any(each.state in (ConversationState.WAITING, ConversationState.HELD) for each in standing):
        ask_on(session, queued[0], now=now)


def ask_on(session: Session, conversation: Conversation, *, now: datetime) -> None:
    """Ask the waiting question again by text; whoever was on the page finds it there, and nothing is sent."""
    reopen(conversation, now=now)
    contact = session.get(ContactPoint, conversation.contact_point_id) if conversation.contact_point_id else None
    if contact is None or conversation.channel == "web":
        return
    line = line_of(session.get_one(Clinic, conversation.clinic_id), conversation.locale)
    done = open_form(session, conversation, channel="sms", now=now)
    bodies = [line_words.back_to_questions(line), *say_texts(done)]
    errand = Errand(
        cause=f"turn:{conversation.id}:{conversation.turn}",
        purpose="question",
        class_=MessageClass.REPLY,
        priority=Priority.REPLY,
    )
    say_to(session, conversation, contact, bodies, errand, now=now)

"""The trip of a keypress: the caller waits, so the whole turn happens now.

The turn's number came with the keys: one that is not the current turn re-reads the prompt and changes nothing.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.appointments.models import Appointment
from app.conversations import appointment_words, line_words
from app.conversations.choices import KEYS
from app.conversations.form_turn import advance_form
from app.conversations.hold import end, hand_over
from app.conversations.models import Conversation
from app.conversations.rules import ConversationKind, ConversationState
from app.conversations.store import lock_conversation
from app.conversations.take_choice import Reaction, take_choice, visit_now
from app.conversations.voice_prompts import say_appointment, say_menu, spoken
from app.conversations.voice_turn import (
    VoiceTurn,
    again,
    find_call,
    form_prompt,
    line_for,
    nobody_there,
    turn_with,
)
from app.conversations.wake_next import wake_next
from app.core.ground import Ground
from app.intake.keep_turn import Heard
from app.messaging.models import Call, Message
from app.messaging.rules import Direction, MessageClass, MessageState
from app.messaging.store import insert_once
from app.support.rules import TicketReason
from channels.base import Keypress
from forms.render.voice import VoicePrompt
from forms.state import Reply

__all__ = ["VoiceTurn", "hear_keys"]

SILENCES = 3  # in a row, then we hang up kindly


def hear_keys(ground: Ground, carrier_name: str, keypress: Keypress) -> VoiceTurn:
    """Take the keys of one turn; returns once it is committed. Keys that come after the call ended are still kept."""
    with ground.database.write() as session:
        now = ground.clock.now()
        call = find_call(session, carrier_name, keypress.carrier_id)
        if call is None or call.conversation_id is None:
            return nobody_there()
        conversation = lock_conversation(session, call.conversation_id)
        is_current = keypress.turn == conversation.turn and conversation.state == ConversationState.WAITING
        heard = _keep_keys(session, call, conversation, keypress, now) if is_current else None
        if heard is None:
            return again(session, call, conversation, ground.clock)
        prompt = _take(session, conversation, keypress.keys, heard, now)
        done = turn_with(session, call, conversation, prompt)
        if conversation.address_index is not None:
            wake_next(session, call.clinic_id, conversation.address_index, now=now)
    ground.wake()
    return done


def _keep_keys(
    session: Session, call: Call, conversation: Conversation, keypress: Keypress, now: datetime
) -> Message | None:
    """The keys as a row of the timeline; None when this very turn was heard before."""
    message = Message(
        clinic_id=call.clinic_id,
        direction=Direction.INBOUND,
        channel="voice",
        carrier=call.carrier,
        external_id=f"{call.external_id}:{keypress.turn}",
        patient_id=conversation.patient_id,
        contact_point_id=conversation.contact_point_id,
        conversation_id=conversation.id,
        appointment_id=conversation.appointment_id,
        address=call.address,
        address_index=call.address_index,
        body=keypress.keys,
        locale=conversation.locale,
        class_=MessageClass.REPLY,
        purpose="keypress",
        state=MessageState.HANDLED,
        created_at=now,
        updated_at=now,
    )
    is_new = insert_once(session, message, Message.carrier, Message.direction, Message.external_id)
    return message if is_new else None


def _take(session: Session, conversation: Conversation, keys: str, heard: Message, now: datetime) -> VoicePrompt:
    if conversation.kind == ConversationKind.QUESTIONNAIRE:
        reply = Reply.keys(keys) if keys else Reply.silence()
        return form_prompt(advance_form(session, conversation, reply, Heard("voice", now, message_id=heard.id)))
    if not keys:
        return _silence(session, conversation, now)
    if keys == "*":
        conversation.turn += 1
        return _once_more(session, conversation, "")
    if conversation.kind == ConversationKind.APPOINTMENT:
        return _choose(session, conversation, keys, heard, now)
    return _menu(session, conversation, keys, heard, now)


def _choose(session: Session, conversation: Conversation, keys: str, heard: Message, now: datetime) -> VoicePrompt:
    reaction = take_choice(session, conversation, KEYS.get(keys), now=now, message_id=heard.id)
    _forget_silences(conversation)
    if not reaction.waits:
        return _last_words(session, conversation, reaction)
    line = line_for(session, conversation)
    return _once_more(session, conversation, line_words.say_not_read(line) if keys not in KEYS else _news(reaction))


def _news(reaction: Reaction) -> str:
    """The appointment moved while we asked: the sentence that says so, without the keys of a text."""
    return reaction.says.partition(". ")[0] + "."


def _last_words(session: Session, conversation: Conversation, reaction: Reaction) -> VoicePrompt:
    line = line_for(session, conversation)
    if reaction.taken is None:
        return spoken(line.locale, reaction.says, line_words.say_goodbye(line))
    visit = visit_now(session, conversation, session.get_one(Appointment, conversation.appointment_id))
    return spoken(line.locale, appointment_words.say_reaction(visit, reaction.taken))


def _menu(session: Session, conversation: Conversation, keys: str, heard: Message, now: datetime) -> VoicePrompt:
    conversation.turn += 1
    _forget_silences(conversation)
    line = line_for(session, conversation)
    if keys not in ("9", "0"):
        return say_menu(line, first=line_words.say_not_read(line))
    cause = f"call_back:{conversation.id}"
    hand_over(session, conversation, TicketReason.CALL_BACK, now=now, cause=cause, message_id=heard.id)
    return spoken(line.locale, line_words.say_call_back(line))


def _silence(session: Session, conversation: Conversation, now: datetime) -> VoicePrompt:
    conversation.turn += 1
    memory = conversation.memory or {}
    silences = memory.get("silences", 0) + 1
    conversation.memory = {**memory, "silences": silences}
    line = line_for(session, conversation)
    if silences < SILENCES:
        return _once_more(session, conversation, line_words.say_still_there(line))
    _forget_silences(conversation)
    if conversation.kind == ConversationKind.GENERAL:
        end(conversation, ConversationState.COMPLETED, now=now, reason="silence")
    return spoken(line.locale, line_words.say_hang_up(line))


def _once_more(session: Session, conversation: Conversation, first: str) -> VoicePrompt:
    if conversation.kind == ConversationKind.APPOINTMENT:
        return say_appointment(session, conversation, first=first)
    return say_menu(line_for(session, conversation), first=first or None)


def _forget_silences(conversation: Conversation) -> None:
    conversation.memory = {key: value for key, value in (conversation.memory or {}).items() if key != "silences"}

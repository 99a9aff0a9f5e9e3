"""A phone was picked up, or somebody calls: the first prompt, made and committed while the caller waits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.conversations.line_words import say_greeting, say_please_call
from app.conversations.models import Conversation
from app.conversations.rules import ConversationKind, ConversationState
from app.conversations.store import clinic_at, lock_address, lock_conversation, open_at
from app.conversations.voice_prompts import SILENT, spoken
from app.conversations.voice_turn import (
    VoiceTurn,
    again,
    find_call,
    first_prompt,
    line_for,
    nobody_there,
    token_of,
    turn_with,
)
from app.core.ground import Ground
from app.messaging.models import Call, Message
from app.messaging.rules import Direction
from app.messaging.store import find_attempt, insert_once
from app.patients.models import ContactPoint
from app.patients.store import address_index, patients_at
from channels.address import Address, normalise
from channels.base import AnsweredBy, InboundCall
from forms.render.voice import VoicePrompt


def answer_call(ground: Ground, carrier_name: str, inbound: InboundCall) -> VoiceTurn:
    """The first words of a call, ours or theirs. The same request again gets the same words."""
    with ground.database.write() as session:
        now = ground.clock.now()
        known = find_call(session, carrier_name, inbound.carrier_id)
        call = known or _begin_call(session, carrier_name, inbound, now)
        if call is None:
            return nobody_there()
        alert = _alert(session, call)
        if alert is not None:
            call.state = "in_progress"
            return VoiceTurn(alert, token_of(session, call), 0)
        conversation = _conversation(session, call, now)
        if known is not None and known.state == "in_progress":
            return again(session, call, conversation, ground.clock)
        call.state = "in_progress"
        if inbound.answered_by is AnsweredBy.MACHINE:
            return _leave_word(session, call, conversation)
        return turn_with(session, call, conversation, first_prompt(session, conversation, ground.clock))


def _begin_call(session: Session, carrier: str, inbound: InboundCall, now: datetime) -> Call | None:
    call = _our_call(session, carrier, inbound, now) or _their_call(session, carrier, inbound, now)
    if call is None or insert_once(session, call, Call.carrier, Call.external_id):
        return call
    return find_call(session, carrier, inbound.carrier_id)


def _our_call(session: Session, carrier: str, inbound: InboundCall, now: datetime) -> Call | None:
    """A call we placed, known by the token that rode along."""
    attempt = find_attempt(session, carrier, token=inbound.call_token, external_id=inbound.carrier_id)
    if attempt is None:
        return None
    message = session.get_one(Message, attempt.message_id)
    return Call(
        clinic_id=message.clinic_id,
        direction=Direction.OUTBOUND,
        carrier=carrier,
        external_id=inbound.carrier_id,
        message_id=message.id,
        patient_id=message.patient_id,
        conversation_id=message.conversation_id,
        address=message.address,
        address_index=message.address_index,
        locale=message.locale or "en",
        state="ringing",
        created_at=now,
    )


def _their_call(session: Session, carrier: str, inbound: InboundCall, now: datetime) -> Call | None:
    clinic = clinic_at(session, inbound.called)
    if clinic is None:
        return None
    caller = normalise(inbound.caller)
    address = caller.value if isinstance(caller, Address) else inbound.caller
    speakers = patients_at(session, clinic.id, address)
    locales = {patient.locale for patient in speakers}
    return Call(
        clinic_id=clinic.id,
        direction=Direction.INBOUND,
        carrier=carrier,
        external_id=inbound.carrier_id,
        patient_id=speakers[0].id if len(speakers) == 1 else None,
        address=address,
        address_index=address_index(address),
        locale=locales.pop() if len(locales) == 1 else clinic.locale,
        state="ringing",
        created_at=now,
    )


def _alert(session: Session, call: Call) -> VoicePrompt | None:
    """A call that only tells something (to staff on call): its words, then the end."""
    message = session.get(Message, call.message_id) if call.message_id is not None else None
    return spoken(call.locale, message.body) if message is not None and message.body else None


def _conversation(session: Session, call: Call, now: datetime) -> Conversation:
    """The conversation of this call, locked: the one it was placed for, the one that waits, else a menu. Where
    questions to several patients wait, nobody hears another's: a menu."""
    if call.conversation_id is not None:
        return lock_conversation(session, call.conversation_id)
    lock_address(session, call.address_index)
    waiting = [
        each
        for each in open_at(session, call.clinic_id, call.address_index)
        if each.state == ConversationState.WAITING and each.kind != ConversationKind.GENERAL
    ]
    is_one_patients = len({each.patient_id for each in waiting}) == 1
    conversation = waiting[0] if is_one_patients else _menu_conversation(session, call, now)
    call.conversation_id = conversation.id
    return conversation


def _menu_conversation(session: Session, call: Call, now: datetime) -> Conversation:
    conversation = Conversation(
        clinic_id=call.clinic_id,
        patient_id=call.patient_id,
        address_index=None,  # a menu on the phone takes no texts
        kind=ConversationKind.GENERAL,
        channel="voice",
        locale=call.locale,
        created_at=now,
        updated_at=now,
        expires_at=now,
    )
    session.add(conversation)
    session.flush()
    return conversation


def _leave_word(session: Session, call: Call, conversation: Conversation) -> VoiceTurn:
    """An answering machine: a word only where the patient said that it is safe, and never what it is about."""
    contact = session.get(ContactPoint, conversation.contact_point_id) if conversation.contact_point_id else None
    prompt = SILENT
    if contact is not None and contact.safe_for_voicemail:
        line = line_for(session, conversation)
        prompt = spoken(line.locale, say_greeting(line), say_please_call(line))
    return VoiceTurn(prompt, token_of(session, call), conversation.turn)

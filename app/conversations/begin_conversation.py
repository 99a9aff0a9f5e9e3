"""Beginning to talk: a reminder or a form, by text, by call or with a link, in the caller's transaction.

A reminder takes the line at once; a form that was waiting there steps back and goes on after it. A form waits its turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.appointments.models import Appointment
from app.appointments.rules import PatientReply
from app.conversations import appointment_words, line_words
from app.conversations.form_turn import open_form, say_texts
from app.conversations.hold import reopen
from app.conversations.line_words import line_of
from app.conversations.models import Conversation
from app.conversations.rules import ConversationKind, ConversationState
from app.conversations.send_link import link_for
from app.conversations.speak import Errand, call_to, say_to
from app.conversations.store import lock_address, open_at, open_for_appointment, open_for_response
from app.conversations.take_choice import remember_asked, visit_now
from app.core.models import Clinic
from app.intake.models import Response
from app.messaging.models import Message
from app.patients.models import ContactPoint, Patient

BUSY = timedelta(minutes=30)  # a form answered this recently is not interrupted by a reminder
FORM_LASTS = timedelta(days=7)


@dataclass(frozen=True)
class Begun:
    """The conversation and the message that carries it; none while the conversation waits its turn."""

    conversation: Conversation
    message: Message | None


def begin_reminder(
    session: Session,
    appointment: Appointment,
    *,
    contact: ContactPoint,
    channel: str,
    errand: Errand,
    now: datetime,
    is_last: bool = False,
) -> Begun:
    """Say the appointment and ask for 1, 2, 3 or 9. The same conversation goes on when the channel changes.

    `is_last`: shortly before; who has confirmed is only reminded and nothing is asked.
    """
    lock_address(session, contact.address_index)
    conversation = open_for_appointment(session, appointment.id) or _appointment_conversation(session, appointment, now)
    is_confirmed = is_last and _has_confirmed(appointment)
    _take_line(session, contact, conversation, now)
    _point(conversation, contact, channel=channel, errand=errand, now=now)
    remember_asked(conversation, appointment.start_at)
    conversation.expires_at = appointment.start_at
    if is_confirmed:
        conversation.state, conversation.ended_at = ConversationState.COMPLETED, now
    visit = visit_now(session, conversation, appointment)
    body = appointment_words.recall(visit, is_confirmed=is_confirmed) if is_last else appointment_words.ask(visit)
    if channel == "voice":
        return Begun(conversation, call_to(session, conversation, contact, errand, now=now))
    return Begun(conversation, say_to(session, conversation, contact, [body], errand, now=now)[0])


def begin_form(
    session: Session,
    response: Response,
    *,
    contact: ContactPoint,
    channel: str,
    errand: Errand,
    now: datetime,
    public_url: str,
) -> Begun:
    """Ask the questionnaire: question by question by text or call, or as a link to its page (`channel` "web")."""
    lock_address(session, contact.address_index)
    conversation = open_for_response(session, response.id) or _form_conversation(session, response, now)
    if conversation.state == ConversationState.HELD:
        return Begun(conversation, None)
    _point(conversation, contact, channel=channel, errand=errand, now=now)
    conversation.expires_at = max(errand.not_after or now, now + FORM_LASTS)
    line = line_of(session.get_one(Clinic, response.clinic_id), conversation.locale)
    if channel == "voice":
        return Begun(conversation, call_to(session, conversation, contact, errand, now=now))
    if channel == "web":
        url = link_for(session, response, public_url=public_url, now=now)
        bodies = [line_words.form_link(line, url)]
        return Begun(conversation, say_to(session, conversation, contact, bodies, errand, now=now)[0])
    if _others_waiting(session, conversation):
        conversation.state = ConversationState.QUEUED
        return Begun(conversation, None)
    bodies = [line_words.form_intro(line), *say_texts(open_form(session, conversation, channel="sms", now=now))]
    return Begun(conversation, say_to(session, conversation, contact, bodies, errand, now=now)[0])


def is_line_busy(session: Session, contact: ContactPoint, *, now: datetime) -> bool:
    """Whether somebody is answering a form at this address right now."""
    return any(
        each.kind == ConversationKind.QUESTIONNAIRE
        and each.state == ConversationState.WAITING
        and each.turn > 1
        and each.updated_at > now - BUSY
        for each in open_at(session, contact.clinic_id, contact.address_index)
    )


def _appointment_conversation(session: Session, appointment: Appointment, now: datetime) -> Conversation:
    patient = session.get_one(Patient, appointment.patient_id)
    conversation = Conversation(
        clinic_id=appointment.clinic_id,
        patient_id=patient.id,
        kind=ConversationKind.APPOINTMENT,
        channel="sms",
        locale=patient.locale,
        appointment_id=appointment.id,
        created_at=now,
        updated_at=now,
    )
    session.add(conversation)
    return conversation


def _form_conversation(session: Session, response: Response, now: datetime) -> Conversation:
    conversation = Conversation(
        clinic_id=response.clinic_id,
        patient_id=response.patient_id,
        kind=ConversationKind.QUESTIONNAIRE,
        channel="sms",
        locale=response.locale,
        response_id=response.id,
        appointment_id=response.appointment_id,
        created_at=now,
        updated_at=now,
    )
    session.add(conversation)
    return conversation


def _point(conversation: Conversation, contact: ContactPoint, *, channel: str, errand: Errand, now: datetime) -> None:
    """The conversation goes to this address, on this channel, from now on."""
    conversation.contact_point_id = contact.id
    conversation.address_index = contact.address_index
    conversation.channel = channel
    conversation.due_step_id = errand.due_step_id
    if conversation.state != ConversationState.HELD:
        reopen(conversation, now=now)


def _take_line(session: Session, contact: ContactPoint, conversation: Conversation, now: datetime) -> None:
    """Forms that wait at this address step back until the reminder is answered."""
    for other in open_at(session, contact.clinic_id, contact.address_index):
        is_form = other.kind == ConversationKind.QUESTIONNAIRE and other.state == ConversationState.WAITING
        if is_form and other.id != conversation.id:
            other.state, other.updated_at = ConversationState.QUEUED, now


def _others_waiting(session: Session, conversation: Conversation) -> bool:
    assert conversation.address_index is not None
    session.flush()
    return any(
        other.id != conversation.id and other.state == ConversationState.WAITING
        for other in open_at(session, conversation.clinic_id, conversation.address_index)
    )


def _has_confirmed(appointment: Appointment) -> bool:
    return appointment.reply == PatientReply.CONFIRMED and appointment.reply_start_at == appointment.start_at

"""Confirm, move or cancel an appointment from the page: the same dialogue as by text, answered with a button."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from app.appointments.models import Appointment
from app.appointments.rules import REMINDED, AppointmentStatus
from app.conversations.choices import Choice
from app.conversations.hold import reopen
from app.conversations.models import Conversation
from app.conversations.rules import OPEN_STATES, ConversationKind, ConversationState
from app.conversations.store import lock_address, lock_conversation, newest_for_appointment
from app.conversations.take_choice import REPLIES, remember_asked, take_choice, visit_now
from app.conversations.write_to_clinic import Letter, keep_letter
from app.core.audit import Actor, record_audit
from app.core.errors import NotFound
from app.patients.models import Patient
from app.patients.store import contact_for
from app.support.models import Ticket
from app.support.open_ticket import patient_wrote


class Chosen(StrEnum):
    """What came of the button; a code the page turns into a sentence."""

    TAKEN = "taken"
    CHANGED = "changed"  # the appointment is not any more what the page showed
    PASSED_ON = "passed_on"  # a person was on it already and reads the new wish


@dataclass(frozen=True)
class Button:
    """Which choice, about which appointment, and the start the page showed."""

    choice: Choice
    appointment_id: int
    start_at: datetime
    locale: str
    request_id: str | None = None


def choose_on_page(session: Session, patient: Patient, button: Button, *, now: datetime) -> Chosen:
    """Take the choice once: the same button again changes nothing. Raises NotFound for another's appointment."""
    contact = contact_for(session, patient, "sms")
    if contact is not None:
        lock_address(session, contact.address_index)
    appointment = session.get(Appointment, button.appointment_id, with_for_update=True)
    if appointment is None or appointment.patient_id != patient.id:
        raise NotFound
    is_ahead = AppointmentStatus(appointment.status) in REMINDED and appointment.start_at > now
    if not is_ahead or appointment.start_at != button.start_at:
        return Chosen.CHANGED
    if appointment.reply == REPLIES[button.choice] and appointment.reply_start_at == appointment.start_at:
        return Chosen.TAKEN
    conversation = _conversation(session, patient, appointment, button, now=now)
    if conversation.state == ConversationState.HELD:
        return _pass_on(session, patient, conversation, appointment, button=button, now=now)
    if conversation.state not in OPEN_STATES:
        reopen(conversation, now=now)
    remember_asked(conversation, appointment.start_at)
    take_choice(session, conversation, button.choice, now=now)
    record_audit(
        session, "changed", "appointment", appointment.id, actor=Actor("patient", patient.id, button.request_id),
        now=now, clinic_id=patient.clinic_id, patient_id=patient.id, choice=button.choice.value,
    )  # fmt: skip
    return Chosen.TAKEN


def _conversation(
    session: Session, patient: Patient, appointment: Appointment, button: Button, *, now: datetime
) -> Conversation:
    """The one about this appointment, over or not; a new one when nobody has asked yet."""
    found = newest_for_appointment(session, appointment.id)
    if found is not None:
        return lock_conversation(session, found.id)
    contact = contact_for(session, patient, "sms")
    conversation = Conversation(
        clinic_id=patient.clinic_id,
        patient_id=patient.id,
        contact_point_id=contact.id if contact else None,
        address_index=contact.address_index if contact else None,
        kind=ConversationKind.APPOINTMENT,
        channel="web",
        locale=button.locale,
        appointment_id=appointment.id,
        created_at=now,
        updated_at=now,
        expires_at=appointment.start_at,
    )
    session.add(conversation)
    session.flush()
    return conversation


def _pass_on(
    session: Session,
    patient: Patient,
    conversation: Conversation,
    appointment: Appointment,
    *,
    button: Button,
    now: datetime,
) -> Chosen:
    """A person is on it: the new wish goes to them as the patient's words, as a text would."""
    key = f"{conversation.id}:{conversation.held_by_ticket_id}"
    words = _words(session, conversation, appointment, button)
    message = keep_letter(session, patient, Letter(words, key, button.locale, button.request_id), now=now)
    if message is not None:
        message.conversation_id, message.appointment_id = conversation.id, appointment.id
        patient_wrote(session, session.get_one(Ticket, conversation.held_by_ticket_id), message, now)
        conversation.updated_at = now
    return Chosen.PASSED_ON


def _words(session: Session, conversation: Conversation, appointment: Appointment, button: Button) -> str:
    _ = visit_now(session, conversation, appointment).say
    return {
        Choice.CONFIRM: _("I am coming to my appointment: {day} at {time}."),
        Choice.MOVE: _("I want to move my appointment: {day} at {time}."),
        Choice.CANCEL: _("I want to cancel my appointment: {day} at {time}."),
    }[button.choice]

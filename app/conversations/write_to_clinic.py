"""A patient writes to the clinic from the page: the words go to the ticket that is open, or open one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.conversations.alarm_words import Alarm
from app.conversations.hold import hand_over
from app.conversations.models import Conversation
from app.conversations.raise_alarm import alarm_in, tell_a_person
from app.conversations.rules import ConversationKind, ConversationState
from app.conversations.store import lock_address, open_of_patient
from app.core.audit import Actor, record_audit
from app.core.models import Clinic
from app.messaging.models import Message
from app.messaging.rules import Direction, MessageClass, MessageState
from app.messaging.store import insert_once
from app.patients.models import ContactPoint, Patient
from app.patients.store import address_index, contact_for, patients_at
from app.support.models import Ticket
from app.support.open_ticket import patient_wrote
from app.support.reply_on_page import PAGE, page_address
from app.support.rules import TicketReason, TicketState

LONGEST = 2000  # characters


@dataclass(frozen=True)
class Letter:
    """Words typed on the page. `key` was made with the page: the same words under the same key are one letter."""

    words: str
    key: str
    locale: str
    request_id: str | None = None


@dataclass(frozen=True)
class Written:
    """What became of a letter: its message, None when this very letter was taken before; the alarm its words raise."""

    message: Message | None
    alarm: Alarm | None


def write_to_clinic(session: Session, patient: Patient, letter: Letter, *, now: datetime) -> Written:
    """The letter goes to the ticket that holds a conversation with this patient, else to a new one. Words of danger
    make it urgent."""
    alarm = alarm_in(session.get_one(Clinic, patient.clinic_id), letter.words)
    message = keep_letter(session, patient, letter, now=now)
    if message is None:
        return Written(None, alarm)
    conversation = conversation_with(session, patient, message, now=now)
    message.conversation_id = conversation.id
    if alarm is not None:
        tell_a_person(session, conversation, alarm, message, now=now)
    if conversation.state == ConversationState.HELD:
        ticket = session.get_one(Ticket, conversation.held_by_ticket_id)
        conversation.updated_at = now
    else:
        cause = f"page:{message.id}"
        ticket = hand_over(
            session, conversation, TicketReason.UNEXPECTED_MESSAGE, now=now, cause=cause, message_id=message.id
        )
    patient_wrote(session, ticket, message, now)
    return Written(message, alarm)


def keep_letter(session: Session, patient: Patient, letter: Letter, *, now: datetime) -> Message | None:
    """The words stored once, as they came; None when they were stored before."""
    contact = contact_for(session, patient, "sms") or contact_for(session, patient, "voice")
    address = contact.address if contact is not None else page_address(patient.id)
    lock_address(session, address_index(address))
    message = Message(
        clinic_id=patient.clinic_id,
        direction=Direction.INBOUND,
        channel="web",
        carrier=PAGE,
        external_id=hashlib.sha256(f"{patient.id}\0{letter.key}\0{letter.words}".encode()).hexdigest(),
        patient_id=patient.id,
        contact_point_id=contact.id if contact is not None else None,
        address=address,
        address_index=address_index(address),
        body=letter.words,
        locale=letter.locale,
        class_=MessageClass.REPLY,
        purpose="inbound",
        state=MessageState.HANDLED,
        created_at=now,
        updated_at=now,
    )
    if not insert_once(session, message, Message.carrier, Message.direction, Message.external_id):
        return None
    record_audit(
        session, "sent", "message", message.id, actor=Actor("patient", patient.id, letter.request_id), now=now,
        clinic_id=patient.clinic_id, patient_id=patient.id,
    )  # fmt: skip
    return message


def conversation_with(session: Session, patient: Patient, message: Message, *, now: datetime) -> Conversation:
    """The conversation a person already holds with this patient, the last one spoken in; else a new one about nothing
    we asked. On a phone that several share it is not tied to the number: a text from there may be another's."""
    held = [
        each
        for each in open_of_patient(session, patient.id)
        if each.state == ConversationState.HELD and _is_open(session, each)
    ]
    if held:
        return max(held, key=lambda each: each.updated_at)
    is_alone = len(patients_at(session, patient.clinic_id, message.address)) == 1
    conversation = Conversation(
        clinic_id=patient.clinic_id,
        patient_id=patient.id,
        contact_point_id=message.contact_point_id,
        address_index=message.address_index if is_alone else None,
        kind=ConversationKind.GENERAL,
        channel="web",
        locale=message.locale or patient.locale,
        created_at=now,
        updated_at=now,
    )
    session.add(conversation)
    session.flush()
    return conversation


def contact_of(session: Session, patient: Patient, contact_id: int) -> ContactPoint | None:
    """This patient's contact point, when the id is one of theirs."""
    wanted = select(ContactPoint).where(ContactPoint.id == contact_id, ContactPoint.patient_id == patient.id)
    return session.scalars(wanted).first()


def _is_open(session: Session, conversation: Conversation) -> bool:
    ticket = session.get(Ticket, conversation.held_by_ticket_id)
    return ticket is not None and ticket.state != TicketState.CLOSED

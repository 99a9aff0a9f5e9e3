"""Saying whom a ticket is about, when the phone is shared or the number was unknown."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.core.audit import record_audit
from app.core.errors import NotFound, ShapeWrong
from app.messaging.models import Message
from app.patients.models import Patient
from app.patients.store import contact_at, patients_at
from app.support.claim_ticket import Hand, keep_ticket
from app.support.models import Ticket
from app.support.reply_to_patient import target_of
from app.support.store import messages_of


def possible_patients(session: Session, ticket: Ticket) -> Sequence[Patient]:
    """Those who are reached at the number the ticket is about; none once the patient is known."""
    target = target_of(session, ticket) if ticket.patient_id is None else None
    return patients_at(session, ticket.clinic_id, target.address) if target else []


def set_patient(session: Session, ticket_id: int, patient_id: int, hand: Hand) -> Ticket:
    """The ticket and its messages belong to this patient from now on. Only somebody reached at that number will do."""
    ticket, patient = keep_ticket(session, ticket_id, hand), session.get(Patient, patient_id)
    if patient is None:
        raise NotFound
    target = target_of(session, ticket)
    point = contact_at(session, patient, target.address) if target else None
    if ticket.patient_id is not None or point is None:
        raise ShapeWrong("This number is not the number of that patient.")
    ticket.patient_id, ticket.contact_point_id = patient.id, point.id
    ticket.locale = patient.locale
    for message in messages_of(session, ticket):
        _give(message, patient.id, point.id)
    record_audit(
        session, "changed", "ticket", ticket.id, actor=hand.actor, now=hand.now, clinic_id=ticket.clinic_id,
        patient_id=patient.id, field="patient",
    )  # fmt: skip
    return ticket


def _give(message: Message, patient_id: int, contact_point_id: int) -> None:
    if message.patient_id is None:
        message.patient_id, message.contact_point_id = patient_id, contact_point_id

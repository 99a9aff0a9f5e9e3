"""Noting a call a person made to the patient, and how it went."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.core.audit import record_audit
from app.support.claim_ticket import Hand, keep_ticket
from app.support.models import Ticket
from app.support.rules import CallOutcome, EventKind
from app.support.store import add_event


def record_call(session: Session, ticket_id: int, outcome: CallOutcome, hand: Hand) -> Ticket:
    """Speaking to the patient counts as a person's answer; a message left or a call not answered does not."""
    ticket = keep_ticket(session, ticket_id, hand)
    if outcome is CallOutcome.REACHED:
        ticket.first_answered_at = ticket.first_answered_at or hand.now
        ticket.answer_due_at = None
    ticket.updated_at = hand.now
    add_event(session, ticket, EventKind.CALLED, now=hand.now, staff_id=hand.staff_id, outcome=outcome.value)
    record_audit(
        session, "called", "ticket", ticket.id, actor=hand.actor, now=hand.now, clinic_id=ticket.clinic_id,
        patient_id=ticket.patient_id, outcome=outcome.value,
    )  # fmt: skip
    return ticket

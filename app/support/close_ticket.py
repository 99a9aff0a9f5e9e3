"""Closing a ticket with its outcome: the conversation goes back to the engine through the event this writes."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.core.audit import record_audit
from app.core.events import record_event
from app.support.claim_ticket import Hand, keep_ticket
from app.support.models import Ticket
from app.support.rules import EventKind, Outcome, TicketState
from app.support.store import add_event, drop_draft, events_of


def close_ticket(session: Session, ticket_id: int, outcome: Outcome, hand: Hand, **follow_up: object) -> Ticket:
    """The holder's decision. `follow_up` (codes, e.g. questionnaire="experience") rides in the event."""
    ticket = keep_ticket(session, ticket_id, hand)
    ticket.state, ticket.outcome, ticket.closed_at = TicketState.CLOSED, outcome, hand.now
    ticket.holder_id = ticket.lease_until = ticket.snoozed_until = None
    ticket.claim_due_at = ticket.answer_due_at = ticket.close_due_at = None
    ticket.updated_at = hand.now
    add_event(session, ticket, EventKind.CLOSED, now=hand.now, staff_id=hand.staff_id, outcome=outcome.value)
    drop_draft(session, ticket.id, hand.staff_id)
    for each in (ticket, *_merged_into(session, ticket)):
        record_event(
            session, "ticket_closed", clinic_id=each.clinic_id, subject_id=each.id, now=hand.now,
            conversation_id=each.conversation_id, patient_id=each.patient_id, outcome=outcome.value,
            **(follow_up if each is ticket else {}),
        )  # fmt: skip
    record_audit(
        session, "closed", "ticket", ticket.id, actor=hand.actor, now=hand.now, clinic_id=ticket.clinic_id,
        patient_id=ticket.patient_id, outcome=outcome.value,
    )  # fmt: skip
    return ticket


def _merged_into(session: Session, ticket: Ticket) -> list[Ticket]:
    """Tickets that became this one, whose conversations wait with it."""
    merges = [event for event in events_of(session, ticket) if event.kind == EventKind.MERGED]
    return [session.get_one(Ticket, event.details["other_id"]) for event in merges]

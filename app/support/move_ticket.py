"""Moving a ticket: to another queue with a reason, or out of sight until a moment."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.core.audit import record_audit
from app.core.errors import NotFound, ShapeWrong
from app.core.models import Clinic
from app.support.add_note import add_note
from app.support.claim_ticket import Hand, keep_ticket
from app.support.deadlines import claim_due_from
from app.support.models import Queue, Ticket
from app.support.rules import EventKind, TicketState
from app.support.store import add_event, snoozed_and_due

LONGEST_SNOOZE = timedelta(days=60)


def transfer_ticket(session: Session, ticket_id: int, queue_id: int, hand: Hand, *, reason: str) -> Ticket:
    """To another queue; the reason stands as a note. Answer and close stay due when they were: only the claim starts
    anew."""
    ticket, queue = keep_ticket(session, ticket_id, hand), session.get(Queue, queue_id)
    if queue is None or queue.clinic_id != ticket.clinic_id:
        raise NotFound
    if not reason.strip():
        raise ShapeWrong("Say why it goes to another queue, so that the next person knows.")
    add_note(session, ticket.id, reason, hand)
    from_id, ticket.queue_id = ticket.queue_id, queue.id
    ticket.state, ticket.holder_id, ticket.lease_until = TicketState.OPEN, None, None
    ticket.claim_due_at = claim_due_from(ticket, session.get_one(Clinic, ticket.clinic_id), queue, hand.now)
    ticket.updated_at = hand.now
    add_event(
        session,
        ticket,
        EventKind.TRANSFERRED,
        now=hand.now,
        staff_id=hand.staff_id,
        from_queue=from_id,
        to_queue=queue.id,
    )
    record_audit(
        session, "transferred", "ticket", ticket.id, actor=hand.actor, now=hand.now, clinic_id=ticket.clinic_id,
        patient_id=ticket.patient_id, from_queue=from_id, to_queue=queue.id,
    )  # fmt: skip
    return ticket


def snooze_ticket(session: Session, ticket_id: int, until: datetime, hand: Hand) -> Ticket:
    """Out of the queue until then, or until the patient writes. Its deadlines keep running."""
    ticket = keep_ticket(session, ticket_id, hand)
    if not hand.now < until <= hand.now + LONGEST_SNOOZE:
        raise ShapeWrong("Choose a moment in the next 60 days.")
    ticket.state, ticket.snoozed_until = TicketState.SNOOZED, until
    ticket.holder_id = ticket.lease_until = None
    ticket.updated_at = hand.now
    add_event(session, ticket, EventKind.SNOOZED, now=hand.now, staff_id=hand.staff_id, until=until.isoformat())
    return ticket


def wake_snoozed(session: Session, now: datetime, *, limit: int = 100) -> int:
    """Tickets whose moment has come are open again; returns how many."""
    found = snoozed_and_due(session, now, limit=limit)
    for ticket in found:
        ticket.state, ticket.snoozed_until, ticket.updated_at = TicketState.OPEN, None, now
        ticket.version += 1
        add_event(session, ticket, EventKind.RELEASED, now=now, reason="snooze_over")
    return len(found)

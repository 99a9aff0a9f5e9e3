"""Two tickets about the same patient become one: the other is closed, and what comes for it comes here."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.core.audit import record_audit
from app.core.errors import NotFound, ShapeWrong
from app.support.claim_ticket import Hand, keep_ticket
from app.support.models import Ticket
from app.support.rules import EventKind, Outcome, TicketState, Urgency, stricter
from app.support.store import add_event, change_if, free, read_ticket

_OTHER_PATIENT_SENTENCE = "Only tickets of the same patient can become one."
_IN_USE_SENTENCE = "A colleague holds the other ticket. Ask them first."


def merge_tickets(session: Session, ticket_id: int, other_id: int, hand: Hand) -> Ticket:
    """`other` into `ticket`, which the agent holds. The stricter urgency and the earlier deadlines stay."""
    ticket, other = keep_ticket(session, ticket_id, hand), session.get(Ticket, other_id)
    if other is None or other.id == ticket.id:
        raise NotFound
    if ticket.patient_id is None or other.patient_id != ticket.patient_id:
        raise ShapeWrong(_OTHER_PATIENT_SENTENCE)
    is_mine = (Ticket.state == TicketState.CLAIMED) & (Ticket.holder_id == hand.staff_id)
    is_idle = free(hand.machine_now) | (Ticket.state == TicketState.SNOOZED) | is_mine
    if not change_if(session, other.id, is_idle, **_closed(hand)):
        raise ShapeWrong(_IN_USE_SENTENCE)
    other = read_ticket(session, other_id)
    other.details = {**other.details, "merged_into": ticket.id}
    _take_over(ticket, other)
    add_event(session, other, EventKind.CLOSED, now=hand.now, staff_id=hand.staff_id, outcome=Outcome.MERGED.value)
    add_event(session, ticket, EventKind.MERGED, now=hand.now, staff_id=hand.staff_id, other_id=other.id)
    record_audit(
        session, "merged", "ticket", ticket.id, actor=hand.actor, now=hand.now, clinic_id=ticket.clinic_id,
        patient_id=ticket.patient_id, other_id=other.id,
    )  # fmt: skip
    return ticket


def _closed(hand: Hand) -> dict[str, object]:
    nothing = ("holder_id", "lease_until", "snoozed_until", "claim_due_at", "answer_due_at", "close_due_at")
    return {
        "state": TicketState.CLOSED,
        "outcome": Outcome.MERGED,
        "closed_at": hand.now,
        "updated_at": hand.now,
        **dict.fromkeys(nothing),
    }


def _take_over(ticket: Ticket, other: Ticket) -> None:
    ticket.urgency = stricter(Urgency(ticket.urgency), Urgency(other.urgency))
    flags = [*ticket.details.get("flags", ()), *other.details.get("flags", ())]
    ticket.details = {**ticket.details, **({"flags": flags} if flags else {})}
    ticket.appointment_id = ticket.appointment_id or other.appointment_id
    ticket.response_id = ticket.response_id or other.response_id
    ticket.updated_at = other.updated_at

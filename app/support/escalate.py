"""Deadlines that passed: each becomes an event, and the ticket climbs its ladder one rung at a time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.support.alert_on_call import alert_on_call
from app.support.models import Queue, Ticket
from app.support.rules import EventKind, Rung, TicketState, Timer, Urgency, climbs_of, missed, next_rung
from app.support.store import add_event, breached_timers, late_tickets


def escalate_late(session: Session, now: datetime, *, limit: int = 200) -> int:
    """Returns how many rungs were climbed. Run again at the same moment, it climbs none."""
    return sum(_escalate(session, ticket, now) for ticket in late_tickets(session, now, limit=limit))


def _escalate(session: Session, ticket: Ticket, now: datetime) -> int:
    late = missed(
        now=now, claim_due=ticket.claim_due_at, answer_due=ticket.answer_due_at, close_due=ticket.close_due_at
    )
    _record_breaches(session, ticket, [timer for timer, _ in late], now)
    climbs = climbs_of(session.get_one(Queue, ticket.queue_id).settings, Urgency(ticket.urgency))
    rung = next_rung(climbs, climbed=ticket.escalation, missed_at=late[0][1], now=now)
    if rung is None:
        return 0
    ticket.escalation += 1
    ticket.version += 1
    add_event(session, ticket, EventKind.ESCALATED, now=now, rung=rung.value, holder_id=ticket.holder_id)
    if rung is Rung.RELEASE and ticket.state == TicketState.CLAIMED:
        ticket.state, ticket.holder_id, ticket.lease_until = TicketState.OPEN, None, None
        add_event(session, ticket, EventKind.RELEASED, now=now, reason="late")
    if rung is Rung.ON_CALL:
        alert_on_call(session, ticket, now=now, why=f"late:{ticket.escalation}")
    return 1


def _record_breaches(session: Session, ticket: Ticket, timers: list[Timer], now: datetime) -> None:
    """Once per timer, until the ticket is opened anew."""
    known = breached_timers(session, ticket)
    for timer in timers:
        if timer.value not in known:
            add_event(session, ticket, EventKind.BREACHED, now=now, timer=timer.value)

"""Who holds a ticket: claimed with a lease by one conditional update, kept by activity, lost by silence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_
from sqlalchemy.orm import Session

from app.core.audit import Actor, record_audit
from app.core.errors import Conflict
from app.staff.models import StaffAccount
from app.support.models import Ticket
from app.support.rules import (
    LEASE,
    EventKind,
    Taker,
    TicketState,
    Waiting,
    may_take,
    order_for,
)
from app.support.store import add_event, change_if, free, lapsed_leases, read_ticket, waiting_tickets
from app.support.take_first import change_first

LOOK_AT = 50  # the choice is made among the first so many; the order of the queue decides which these are
_HELD_SENTENCE = "{name} holds this ticket, so nothing was changed."
_NOBODYS_SENTENCE = "You do not hold this ticket. Take it first."


@dataclass(frozen=True)
class Hand:
    """The agent who acts, and both clocks: business time for what is said, machine time for the lease."""

    staff_id: int
    now: datetime
    machine_now: datetime

    @property
    def actor(self) -> Actor:
        return Actor("staff", self.staff_id)


def claim_ticket(session: Session, ticket_id: int, hand: Hand) -> Ticket:
    """The ticket, now this agent's. Raises Conflict naming the holder when another was first."""
    is_snoozed = Ticket.state == TicketState.SNOOZED
    is_mine = change_if(
        session, ticket_id, or_(free(hand.machine_now), is_snoozed, _is_held_by(hand.staff_id)), **_hold(hand)
    )
    ticket = read_ticket(session, ticket_id)
    if not is_mine:
        raise _lost(session, ticket)
    return _claimed(session, ticket, hand)


def take_next(
    session: Session, taker: StaffAccount, hand: Hand, *, queue_ids: Iterable[int] | None = None
) -> Ticket | None:
    """The most urgent, oldest ticket that fits this agent; None when nothing that fits waits.

    One statement takes the first of them that no other transaction is busy with, and locks no more: on PostgreSQL an
    UPDATE that loses keeps its row locked, so that agents who tried several would wait for each other in a ring. At
    most one wait, at the very end, for a ticket that seemed to be the last.
    """
    scope = None if queue_ids is None else list(queue_ids)
    seen: list[int] = []
    fitting: list[int] = []
    while True:
        found = waiting_tickets(
            session, taker.clinic_id, queue_ids=scope, machine_now=hand.machine_now, limit=LOOK_AT, excluding=seen
        )
        in_order = _in_order(found, taker, hand.now)
        ticket_id = change_first(session, in_order, free(hand.machine_now), **_hold(hand))
        fitting += in_order
        if ticket_id is None and len(found) < LOOK_AT:
            ticket_id = change_first(session, fitting, free(hand.machine_now), waits=True, **_hold(hand))
            if ticket_id is None:
                return None
        if ticket_id is not None:
            return _claimed(session, read_ticket(session, ticket_id), hand)
        seen += [each for each, _ in found]


def keep_ticket(session: Session, ticket_id: int, hand: Hand) -> Ticket:
    """Activity extends the lease. Raises Conflict when the ticket is not this agent's (any more)."""
    is_mine = change_if(session, ticket_id, _is_held_by(hand.staff_id), lease_until=hand.machine_now + LEASE)
    ticket = read_ticket(session, ticket_id)
    if not is_mine:
        raise _lost(session, ticket)
    return ticket


def release_ticket(session: Session, ticket_id: int, hand: Hand, *, reason: str = "given_back") -> Ticket:
    """Back to the queue, its deadlines as they were."""
    ticket = keep_ticket(session, ticket_id, hand)
    _let_go(ticket)
    add_event(session, ticket, EventKind.RELEASED, now=hand.now, staff_id=hand.staff_id, reason=reason)
    return ticket


def break_lease(session: Session, ticket_id: int, hand: Hand, *, reason: str) -> Ticket:
    """A supervisor frees a ticket somebody else holds; the reason is kept and audited."""
    ticket = read_ticket(session, ticket_id)
    if ticket.state != TicketState.CLAIMED:
        raise Conflict
    holder_id = ticket.holder_id
    if not change_if(
        session, ticket_id, Ticket.version == ticket.version, state=TicketState.OPEN, holder_id=None, lease_until=None
    ):
        raise Conflict
    ticket = read_ticket(session, ticket_id)
    add_event(session, ticket, EventKind.RELEASED, now=hand.now, staff_id=hand.staff_id, reason="supervisor")
    record_audit(
        session, "broke_lease", "ticket", ticket.id, actor=hand.actor, now=hand.now, clinic_id=ticket.clinic_id,
        patient_id=ticket.patient_id, reason=reason, holder_id=holder_id,
    )  # fmt: skip
    return ticket


def release_silent(session: Session, *, now: datetime, machine_now: datetime, limit: int = 100) -> int:
    """Tickets whose holder went silent come back to their queues; returns how many."""
    released = 0
    for ticket in lapsed_leases(session, machine_now, limit=limit):
        holder_id = ticket.holder_id
        if change_if(session, ticket.id, free(machine_now), state=TicketState.OPEN, holder_id=None, lease_until=None):
            add_event(session, ticket, EventKind.RELEASED, now=now, reason="silent", holder_id=holder_id)
            released += 1
    return released


def _in_order(found: list[tuple[int, Waiting]], taker: StaffAccount, now: datetime) -> list[int]:
    who = Taker(languages=taker.languages, skills=frozenset(taker.skills))
    ranked = [(order_for(who, waiting, now), ticket_id) for ticket_id, waiting in found if may_take(who, waiting)]
    return [ticket_id for _, ticket_id in sorted(ranked)]


def _hold(hand: Hand) -> dict[str, Any]:
    return {
        "state": TicketState.CLAIMED,
        "holder_id": hand.staff_id,
        "lease_until": hand.machine_now + LEASE,
        "snoozed_until": None,
        "updated_at": hand.now,
    }


def _is_held_by(staff_id: int):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a SQL condition
    return (Ticket.state == TicketState.CLAIMED) & (Ticket.holder_id == staff_id)


def _claimed(session: Session, ticket: Ticket, hand: Hand) -> Ticket:
    ticket.first_claimed_at = ticket.first_claimed_at or hand.now
    ticket.claim_due_at = None
    add_event(session, ticket, EventKind.CLAIMED, now=hand.now, staff_id=hand.staff_id)
    return ticket


def _let_go(ticket: Ticket) -> None:
    ticket.state, ticket.holder_id, ticket.lease_until = TicketState.OPEN, None, None


def _lost(session: Session, ticket: Ticket) -> Conflict:
    holder = session.get(StaffAccount, ticket.holder_id) if ticket.holder_id else None
    if ticket.state == TicketState.CLOSED:
        return Conflict("This ticket is closed, so nothing was changed.")
    return Conflict(_HELD_SENTENCE, name=holder.name) if holder else Conflict(_NOBODYS_SENTENCE)

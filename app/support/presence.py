"""Who else has a ticket open, and who is writing in it: a hint for colleagues. The lease alone is the lock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from app.messaging.store import insert_once
from app.staff.models import StaffAccount
from app.support.claim_ticket import Hand
from app.support.models import Presence, Ticket

WRITTEN_EVERY = timedelta(seconds=15)  # a page asks every 8 s; not every asking is written down
LASTS = timedelta(seconds=35)  # who has not asked for so long is gone
KEPT = timedelta(hours=1)


@dataclass(frozen=True)
class Colleague:
    """Somebody else at the ticket; `minutes` is for how long they have been looking."""

    name: str
    minutes: int
    is_writing: bool


def look_at(session: Session, ticket: Ticket, hand: Hand, *, is_writing: bool = False) -> None:
    """This agent has the ticket open now, or is writing in it."""
    here = session.scalars(_mine(ticket, hand)).first()
    if here is None:
        here = Presence(
            clinic_id=ticket.clinic_id, ticket_id=ticket.id, staff_id=hand.staff_id, since=hand.machine_now,
            seen_at=hand.machine_now, typed_at=hand.machine_now if is_writing else None,
        )  # fmt: skip
        insert_once(session, here, Presence.ticket_id, Presence.staff_id)
        return
    if hand.machine_now - here.seen_at > LASTS:
        here.since = hand.machine_now
    if is_writing or hand.machine_now - here.seen_at >= WRITTEN_EVERY:
        here.seen_at = hand.machine_now
    if is_writing:
        here.typed_at = hand.machine_now


def colleagues_at(session: Session, ticket: Ticket, hand: Hand) -> tuple[Colleague, ...]:
    """The others who are there, by name."""
    alive = hand.machine_now - LASTS
    wanted = (
        select(Presence, StaffAccount.name)
        .join(StaffAccount, StaffAccount.id == Presence.staff_id)
        .where(Presence.ticket_id == ticket.id, Presence.staff_id != hand.staff_id, Presence.seen_at > alive)
        .order_by(StaffAccount.name)
    )
    return tuple(
        Colleague(
            name=name,
            minutes=int((hand.machine_now - here.since).total_seconds()) // 60,
            is_writing=here.typed_at is not None and here.typed_at > alive,
        )
        for here, name in session.execute(wanted)
    )


def forget_absent(session: Session, machine_now: datetime) -> None:
    session.execute(delete(Presence).where(Presence.seen_at < machine_now - KEPT))


def _mine(ticket: Ticket, hand: Hand) -> Select[Presence]:
    return select(Presence).where(Presence.ticket_id == ticket.id, Presence.staff_id == hand.staff_id)

"""Leases that ran out: what was only claimed may be claimed again; what was being handed over is uncertain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.faults import fault_point
from app.core.ground import Ground
from app.messaging.models import Message, MessageAttempt
from app.messaging.rules import MessageState, Outcome
from app.messaging.store import in_state, is_in_someones_hands


@dataclass(frozen=True)
class Swept:
    released: int = 0
    uncertain: int = 0


def sweep_leases(ground: Ground, *, limit: int = 500) -> Swept:
    """Free what dead runners held. Nothing is sent here, and nothing that may have left goes back to pending."""
    now, machine_now = ground.clock.now(), ground.clock.machine_now()
    with ground.database.read() as session:
        if not session.scalar(_expired(machine_now, 1, MessageState.CLAIMED, MessageState.ATTEMPTING)):
            return Swept()
    with ground.database.write() as session:
        released = _release(session, now=now, machine_now=machine_now, limit=limit)
        uncertain = _doubt(session, now=now, machine_now=machine_now, limit=limit)
        fault_point("in_sweep")
    return Swept(released, uncertain)


def _release(session: Session, *, now: datetime, machine_now: datetime, limit: int) -> int:
    """Nothing of their own was done to these before their runner died, so the try is not held against them."""
    ids = list(session.scalars(_expired(machine_now, limit, MessageState.CLAIMED)))
    session.execute(
        update(Message)
        .where(Message.id.in_(ids))
        .values(
            state=MessageState.PENDING,
            lease_until=None,
            lease_token=None,
            attempts=Message.attempts - 1,
            updated_at=now,
        )
    )
    return len(ids)


def _doubt(session: Session, *, now: datetime, machine_now: datetime, limit: int) -> int:
    """The token stays: should the runner only have been slow, its outcome still counts."""
    ids = list(session.scalars(_expired(machine_now, limit, MessageState.ATTEMPTING)))
    session.execute(
        update(Message)
        .where(Message.id.in_(ids))
        .values(state=MessageState.UNCERTAIN, lease_until=machine_now, updated_at=now)
    )
    session.execute(
        update(MessageAttempt)
        .where(MessageAttempt.message_id.in_(ids), MessageAttempt.outcome.is_(None))
        .values(outcome=Outcome.UNCERTAIN, uncertain_at=machine_now)
    )
    return len(ids)


def _expired(machine_now: datetime, limit: int, *states: MessageState):  # type: ignore[no-untyped-def] # noqa: ANN202 - a select
    return (
        select(Message.id)
        .where(is_in_someones_hands(), in_state(*states), Message.lease_until < machine_now)
        .order_by(Message.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )

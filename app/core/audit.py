"""Seen is recorded: audit events and the hash chain that proves none was changed, removed or put in between.

Writers only append rows. A separate sealing step, one at a time, links the new rows to the chain; `verify` walks it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.core.models import AuditEvent, AuditLink

GENESIS = "farline"
LOOK_BACK = 3_600_000 << 22  # an hour of ids (see ids.py): no transaction stays open that long, so the cost stays flat
SETTLE = timedelta(seconds=30)  # younger rows may still be waiting for an older neighbour to commit


@dataclass(frozen=True)
class Actor:
    """Who acts: `kind` is staff, patient, system, carrier or operator."""

    kind: str
    id: int | None = None
    request_id: str | None = None


SYSTEM = Actor("system")


def record_audit(  # noqa: PLR0913 - an audit event has that many facts, all named by keyword
    session: Session,
    action: str,
    object_kind: str,
    object_id: int | None,
    *,
    actor: Actor,
    now: datetime,
    clinic_id: int | None = None,
    patient_id: int | None = None,
    reason: str | None = None,
    **details: Any,
) -> AuditEvent:
    """Append one audit event in the caller's transaction. `details` are ids and codes, never content."""
    event = AuditEvent(
        clinic_id=clinic_id,
        at=now,
        actor_kind=actor.kind,
        actor_id=actor.id,
        action=action,
        object_kind=object_kind,
        object_id=object_id,
        patient_id=patient_id,
        reason=reason,
        details=details,
        request_id=actor.request_id,
    )
    session.add(event)
    return event


def extend_chain(session: Session, *, now: datetime, limit: int = 1000) -> int:
    """Link the audit events that have settled to the chain; returns how many. Run by one process at a time."""
    newest = select(AuditLink.position, AuditLink.hash, AuditLink.event_id).order_by(AuditLink.position.desc())
    position, previous, event_id = session.execute(newest.limit(1)).first() or (0, GENESIS, 0)
    recent = _unlinked(now - SETTLE).where(AuditEvent.id > event_id - LOOK_BACK)
    events = session.scalars(recent.order_by(AuditEvent.id).limit(limit)).all()
    for place, event in enumerate(events, start=position + 1):
        previous = _link(previous, event)
        session.add(AuditLink(position=place, event_id=event.id, sealed_at=now, hash=previous))
    return len(events)


@dataclass(frozen=True)
class ChainReport:
    """What `verify` found: how many links held, the first break in words (None when whole), and rows not yet linked."""

    links: int
    broken: str | None
    waiting: int


def verify_chain(session: Session) -> ChainReport:
    """Walk the whole chain against the rows it stands for."""
    previous, expected = GENESIS, 0
    walk = select(AuditLink, AuditEvent).outerjoin(AuditEvent, AuditEvent.id == AuditLink.event_id)
    for link, event in session.execute(walk.order_by(AuditLink.position).execution_options(yield_per=1000)):
        expected += 1
        if link.position != expected:
            return ChainReport(expected - 1, f"link {expected} is missing", 0)
        if event is None:
            return ChainReport(expected - 1, f"audit event {link.event_id} was removed", 0)
        previous = _link(previous, event)
        if previous != link.hash:
            return ChainReport(expected - 1, f"audit event {event.id} or its link was changed", 0)
    return ChainReport(
        expected, None, session.scalar(select(func.count()).select_from(_unlinked(None).subquery())) or 0
    )


def _link(previous: str, event: AuditEvent) -> str:
    row = [
        event.id, event.clinic_id, event.at.isoformat(), event.actor_kind, event.actor_id, event.action,
        event.object_kind, event.object_id, event.patient_id, event.reason, event.details, event.request_id,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps([previous, row], sort_keys=True).encode()).hexdigest()


def _unlinked(before: datetime | None) -> Select[AuditEvent]:
    wanted = (
        select(AuditEvent).outerjoin(AuditLink, AuditLink.event_id == AuditEvent.id).where(AuditLink.event_id.is_(None))
    )
    return wanted if before is None else wanted.where(AuditEvent.at <= before)

"""Facts written in the commit that caused them, so that what sits above can react to what happened below."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.models import Event


def record_event(
    session: Session, kind: str, *, clinic_id: int, subject_id: int, now: datetime, **details: Any
) -> Event:
    """Write the fact `kind` (past participle) about `subject_id`; `details` are ids and codes."""
    event = Event(kind=kind, clinic_id=clinic_id, subject_id=subject_id, created_at=now, details=details)
    session.add(event)
    return event


def waiting_events(session: Session, *, limit: int = 100, max_attempts: int = 5) -> list[Event]:
    """The oldest events nobody has handled, locked where the database can."""
    wanted = (
        select(Event)
        .where(Event.handled_at.is_(None), Event.attempts < max_attempts)
        .order_by(Event.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(wanted))

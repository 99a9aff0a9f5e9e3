"""Putting something in line for the record, in the commit that caused it. The same key again changes nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.records.models import Filing
from app.records.rules import FilingKind, FilingState


def queue_filing(
    session: Session,
    kind: FilingKind,
    *,
    clinic_id: int,
    patient_id: int,
    local_id: int,
    key: str,
    now: datetime,
    revision: int = 1,
) -> Filing:
    """One thing to write to the clinic's record. It waits, if need be until a record is connected at all."""
    found = session.scalars(select(Filing).where(Filing.key == key)).first()
    if found:
        return found
    filing = Filing(
        clinic_id=clinic_id, patient_id=patient_id, kind=kind, local_id=local_id, revision=revision, key=key,
        state=FilingState.PENDING, next_at=now, created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(filing)
    session.flush()
    return filing

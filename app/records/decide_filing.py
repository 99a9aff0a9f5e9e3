"""What a person decides about filings the record refused: try again, or leave out because it was entered by hand."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import Actor, record_audit
from app.records.models import Filing
from app.records.rules import NEEDS_PERSON, FilingState


def retry_filings(session: Session, clinic_id: int, filing_id: int | None, *, actor: Actor, now: datetime) -> int:
    """Put the filing (None: every one that needs a person) back in line; how many."""
    return _move(session, clinic_id, filing_id, to=FilingState.PENDING, actor=actor, now=now)


def skip_filings(session: Session, clinic_id: int, filing_id: int | None, *, actor: Actor, now: datetime) -> int:
    """Leave the filing out for good; how many."""
    return _move(session, clinic_id, filing_id, to=FilingState.SKIPPED, actor=actor, now=now)


def _move(
    session: Session, clinic_id: int, filing_id: int | None, *, to: FilingState, actor: Actor, now: datetime
) -> int:
    wanted = select(Filing).where(Filing.clinic_id == clinic_id, Filing.state.in_(NEEDS_PERSON))
    if filing_id is not None:
        wanted = wanted.where(Filing.id == filing_id)
    filings = list(session.scalars(wanted.with_for_update()))
    for filing in filings:
        filing.state, filing.next_at, filing.updated_at = to, now, now
        filing.reason = "by_hand" if to is FilingState.SKIPPED else None
        record_audit(
            session, to.value, "filing", filing.id, actor=actor, now=now, clinic_id=clinic_id,
            patient_id=filing.patient_id, reason="decided",
        )  # fmt: skip
    return len(filings)

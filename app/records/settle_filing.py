"""Claiming filings and writing down what became of them. Whoever lost the lease writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from app.core.audit import SYSTEM, record_audit
from app.core.ids import new_id
from app.core.models import Clinic
from app.records.fhir.filing import Written
from app.records.models import Filing, RecordLink
from app.records.rules import LEASE, MOST_CRASHES, FilingState
from app.support.open_ticket import open_ticket
from app.support.rules import TicketReason, Urgency

_TICKETS = {
    FilingState.CONFLICT: TicketReason.FILING_CONFLICT,
    FilingState.REJECTED: TicketReason.FILING_REJECTED,
}
_CRASHED = "crashed:"


@dataclass(frozen=True)
class Outcome:
    """What became of one filing: its next state, why, what now stands in the record, and when it is tried again."""

    state: FilingState
    reason: str | None = None
    written: tuple[Written, ...] = ()
    pause: timedelta = timedelta(0)


@dataclass(frozen=True)
class Claim:
    filing_id: int
    token: int


def has_due(session: Session, clinic_id: int, *, now: datetime, machine_now: datetime) -> bool:
    """Whether a claim could find anything. Takes no lock."""
    return bool(session.scalar(select(exists().where(Filing.clinic_id == clinic_id, _due(now, machine_now)))))


def claim_filings(
    session: Session, clinic_id: int, endpoint_id: int, *, now: datetime, machine_now: datetime, limit: int
) -> list[Claim]:
    """The oldest due filings, ours until the lease ends. One whose holders keep dying goes to a person."""
    rows = session.scalars(
        select(Filing)
        .where(Filing.clinic_id == clinic_id, _due(now, machine_now))
        .order_by(Filing.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claims = []
    for filing in rows:
        crashes = _count_crash(filing)
        filing.endpoint_id, filing.attempts, filing.updated_at = endpoint_id, filing.attempts + 1, now
        if crashes >= MOST_CRASHES:
            _settle(session, filing, Outcome(FilingState.REJECTED, "crashed"), now)
            continue
        filing.state, filing.lease_until, filing.lease_token = FilingState.CLAIMED, machine_now + LEASE, new_id()
        claims.append(Claim(filing.id, filing.lease_token))
    return claims


def settle_filing(session: Session, claim: Claim, outcome: Outcome, now: datetime) -> Filing | None:
    """Write the outcome, unless somebody else holds the filing by now (None)."""
    filing = session.scalars(
        select(Filing).where(Filing.id == claim.filing_id, Filing.lease_token == claim.token).with_for_update()
    ).first()
    if filing is None or filing.state != FilingState.CLAIMED:
        return None
    return _settle(session, filing, outcome, now)


def etags_of(session: Session, endpoint_id: int, filing: Filing) -> dict[tuple[str, str], str | None]:
    """What we last saw of the resources this filing's thing became."""
    rows = session.scalars(
        select(RecordLink).where(
            RecordLink.endpoint_id == endpoint_id, RecordLink.local_kind == filing.kind,
            RecordLink.local_id == filing.local_id,
        )
    )  # fmt: skip
    return {(row.resource_type, row.remote_id): row.etag for row in rows}


def _due(now: datetime, machine_now: datetime) -> ColumnElement[bool]:
    waiting = and_(Filing.state.in_((FilingState.PENDING, FilingState.RETRY)), Filing.next_at <= now)
    return or_(waiting, and_(Filing.state == FilingState.CLAIMED, Filing.lease_until <= machine_now))


def _count_crash(filing: Filing) -> int:
    """A claim whose lease ran out: its holder died. The count lives in the reason."""
    if filing.state != FilingState.CLAIMED:
        return 0
    before = (filing.reason or "").removeprefix(_CRASHED)
    crashes = (int(before) if before.isdigit() else 0) + 1
    filing.reason = f"{_CRASHED}{crashes}"
    return crashes


def _settle(session: Session, filing: Filing, outcome: Outcome, now: datetime) -> Filing:
    filing.state, filing.reason, filing.updated_at = outcome.state, outcome.reason, now
    filing.lease_until = filing.lease_token = None
    filing.next_at = now + outcome.pause
    if outcome.written:
        filing.payload = [written.body for written in outcome.written]
    if outcome.state is FilingState.FILED:
        filing.filed_at = now
        for written in outcome.written:
            _link(session, filing, written, now)
    if outcome.state in _TICKETS:
        _open_ticket(session, filing, outcome.state, now)
    if outcome.state is not FilingState.RETRY:
        record_audit(
            session, outcome.state.value, "filing", filing.id, actor=SYSTEM, now=now, clinic_id=filing.clinic_id,
            patient_id=filing.patient_id, reason=outcome.reason, what=filing.kind,
        )  # fmt: skip
    return filing


def _link(session: Session, filing: Filing, written: Written, now: datetime) -> None:
    """Our table of what is where; the record's own Appointment is not ours and has no row."""
    if written.kind == "Appointment" or filing.endpoint_id is None:
        return
    row = session.scalars(
        select(RecordLink).where(
            RecordLink.endpoint_id == filing.endpoint_id, RecordLink.resource_type == written.kind,
            RecordLink.remote_id == written.id,
        )
    ).first()  # fmt: skip
    if row is None:
        row = RecordLink(
            endpoint_id=filing.endpoint_id, local_kind=filing.kind, local_id=filing.local_id,
            resource_type=written.kind, remote_id=written.id,
        )  # fmt: skip
        session.add(row)
    row.etag, row.at = written.etag, now


def _open_ticket(session: Session, filing: Filing, state: FilingState, now: datetime) -> None:
    open_ticket(
        session,
        clinic_id=filing.clinic_id,
        reason=_TICKETS[state],
        urgency=Urgency.SOON,
        cause=f"filing:{filing.id}:{filing.attempts}",
        locale=session.get_one(Clinic, filing.clinic_id).locale,
        now=now,
        patient_id=filing.patient_id,
        filing_id=filing.id,
        code=filing.reason,
    )

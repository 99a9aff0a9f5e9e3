"""How things stand with the clinical record: last reached, waiting, needs you. For the command line and the desk."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.models import Clinic
from app.records.endpoints import endpoints_of
from app.records.models import Filing
from app.records.rules import NEEDS_PERSON, OPEN_FILINGS, FilingState


@dataclass(frozen=True)
class Stuck:
    """One filing that needs a person."""

    filing_id: int
    kind: str
    state: str
    reason: str | None
    since: datetime


@dataclass(frozen=True)
class RecordStatus:
    """`address` is None while no record is connected."""

    address: str | None
    is_on: bool
    is_dry_run: bool
    last_contact_at: datetime | None
    last_error: str | None
    filed: int
    waiting: int
    waiting_since: datetime | None
    needs_person: tuple[Stuck, ...]

    def to_json(self) -> dict[str, Any]:
        return {key: _plain(value) for key, value in asdict(self).items()}

    def in_words(self) -> str:
        """The page an operator reads."""
        if self.address is None:
            head = "No record is connected (`farline records connect URL`)."
        else:
            switches = [word for word, holds in (("off", not self.is_on), ("dry run", self.is_dry_run)) if holds]
            reached = (
                f"last reached {self.last_contact_at:%Y-%m-%d %H:%M} UTC" if self.last_contact_at else "never reached"
            )
            head = f"{self.address}: {', '.join([*switches, reached])}"
            head += f"; now failing ({self.last_error})" if self.last_error else ""
        since = f" since {self.waiting_since:%Y-%m-%d %H:%M} UTC" if self.waiting_since else ""
        lines = [head, f"{self.filed} filed, {self.waiting} waiting{since}, {len(self.needs_person)} need you."]
        lines += [f"  {each.filing_id}  {each.kind}  {each.state}: {each.reason}" for each in self.needs_person]
        if self.needs_person:
            lines.append("Put the cause right, then `farline records retry ID`; or `farline records skip ID`.")
        return "\n".join(lines)


def record_status(session: Session, clinic: Clinic) -> RecordStatus:
    endpoint = next(iter(endpoints_of(session, clinic.id)), None)
    counted = Counter(
        {
            FilingState(state): number
            for state, number in session.execute(
                select(Filing.state, func.count()).where(Filing.clinic_id == clinic.id).group_by(Filing.state)
            )
        }
    )
    oldest = select(func.min(Filing.created_at)).where(Filing.clinic_id == clinic.id, Filing.state.in_(OPEN_FILINGS))
    return RecordStatus(
        address=endpoint.base_url if endpoint else None,
        is_on=bool(endpoint and endpoint.is_on),
        is_dry_run=bool(endpoint and endpoint.is_dry_run),
        last_contact_at=endpoint.last_contact_at if endpoint else None,
        last_error=endpoint.last_error if endpoint else None,
        filed=counted[FilingState.FILED],
        waiting=sum(counted[state] for state in OPEN_FILINGS),
        waiting_since=session.scalar(oldest),
        needs_person=_stuck(session, clinic.id),
    )


def _stuck(session: Session, clinic_id: int) -> tuple[Stuck, ...]:
    rows = session.scalars(
        select(Filing).where(Filing.clinic_id == clinic_id, Filing.state.in_(NEEDS_PERSON)).order_by(Filing.id)
    )
    return tuple(Stuck(row.id, row.kind, row.state, row.reason, row.updated_at) for row in rows)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value

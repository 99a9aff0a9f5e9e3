"""Which of a clinic's numbers have sent all that their pace allows by now. The claim leaves alone what would leave from
them: it keeps its place, and whatever is more urgent or earlier goes first when there is room again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.ground import Ground
from app.core.models import Clinic
from app.messaging.choose_carrier import carriers_for, first_well
from app.messaging.models import LinePace
from app.messaging.senders import pace_of, paces_any, sender_at
from channels.base import Channel


@dataclass(frozen=True)
class Busy:
    """One clinic's numbers without room; `is_usual`: so is the one for texts that name none."""

    numbers: frozenset[str] = frozenset()
    is_usual: bool = False


class BusyLines:
    """As they stand when one claim begins. A clinic without a pace has none."""

    def __init__(self, session: Session, ground: Ground, now: datetime) -> None:
        self._session, self._ground, self._now = session, ground, now
        self._of: dict[int, Busy] = {}

    def look(self, clinic_ids: Iterable[int]) -> None:
        """Learn of these clinics what is not known yet."""
        unknown = set(clinic_ids) - set(self._of)
        clinics = self._session.scalars(select(Clinic).where(Clinic.id.in_(unknown))) if unknown else ()
        self._of |= {clinic.id: self._busy(clinic) for clinic in clinics if paces_any(clinic.settings)}

    def of(self, clinic_id: int) -> Busy | None:
        return self._of.get(clinic_id)

    def _busy(self, clinic: Clinic) -> Busy:
        wanted = select(LinePace.sender).where(LinePace.clinic_id == clinic.id, LinePace.free_at > self._now)
        numbers = frozenset(each for each in self._session.scalars(wanted) if pace_of(clinic.settings, each or None))
        return Busy(numbers, is_usual=self._usual(clinic) in numbers)

    def _usual(self, clinic: Clinic) -> str:
        """Where a text that names no number would leave from; one bound for a destination of its own may not."""
        carriers = carriers_for(self._ground.carriers, clinic.settings, Channel.SMS, address="")
        machine_now = self._ground.clock.machine_now()
        carrier = first_well(carriers, lambda name: self._ground.breaker.is_resting(name, now=machine_now))
        return sender_at(clinic.settings, carrier.name if carrier else "", usual=clinic.sender) or ""

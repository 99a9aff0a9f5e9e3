"""Work that is to be done once per period, by whichever process comes first: it inserts the period's row and runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, exists, select, update

from app.core.ground import Ground
from app.core.models import PeriodicRun
from app.messaging.store import insert_once

KEPT = timedelta(days=2)
_EPOCH = datetime(2025, 1, 1, tzinfo=UTC)


def run_in_slot(ground: Ground, name: str, every: timedelta, work: Callable[[Ground], object]) -> bool:
    """Do `work` unless somebody has already begun it in this slot of `every`; whether it was done here.

    Work that fails waits for the next slot: its row stays, unfinished, for the doctor to see.
    """
    slot = slot_of(ground.clock.machine_now(), every)
    if _is_taken(ground, name, slot) or not _take(ground, name, slot):
        return False
    work(ground)
    with ground.database.write() as session:
        session.execute(
            update(PeriodicRun)
            .where(PeriodicRun.name == name, PeriodicRun.slot == slot)
            .values(finished_at=ground.clock.machine_now())
        )
    return True


def slot_of(moment: datetime, every: timedelta) -> datetime:
    """The start of the slot that `moment` lies in."""
    return _EPOCH + (moment - _EPOCH) // every * every


def forget_old_slots(ground: Ground) -> None:
    """Drop rows whose slot nobody will ask about again."""
    with ground.database.write() as session:
        session.execute(delete(PeriodicRun).where(PeriodicRun.slot < ground.clock.machine_now() - KEPT))


def _is_taken(ground: Ground, name: str, slot: datetime) -> bool:
    """A look before the write, so that an idle server writes nothing."""
    with ground.database.read() as session:
        return bool(session.scalar(select(exists().where(PeriodicRun.name == name, PeriodicRun.slot == slot))))


def _take(ground: Ground, name: str, slot: datetime) -> bool:
    row = PeriodicRun(name=name, slot=slot, started_at=ground.clock.machine_now(), finished_at=None)
    with ground.database.write() as session:
        return insert_once(session, row, PeriodicRun.name, PeriodicRun.slot)

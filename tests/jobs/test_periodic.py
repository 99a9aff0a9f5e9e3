"""Work once per period, with any number of processes."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.core.models import PeriodicRun
from app.jobs.periodic import forget_old_slots, run_in_slot, slot_of

EVERY = timedelta(minutes=1)


def test_a_slots_work_is_done_once(ground):
    done = []
    assert run_in_slot(ground, "count", EVERY, done.append)
    assert not run_in_slot(ground, "count", EVERY, done.append)
    assert len(done) == 1


def test_the_next_slot_is_done_again(ground, clock):
    done = []
    run_in_slot(ground, "count", EVERY, done.append)
    clock.advance(EVERY)
    assert run_in_slot(ground, "count", EVERY, done.append)
    assert len(done) == 2


def test_many_at_once_do_it_once(ground):
    done, threads = [], []
    for _ in range(8):
        threads.append(threading.Thread(target=run_in_slot, args=(ground, "count", EVERY, done.append)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    assert len(done) == 1


def test_failed_work_leaves_its_slot_unfinished(ground):
    def fail(_ground):
        raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        run_in_slot(ground, "count", EVERY, fail)
    with ground.database.read() as session:
        assert session.scalars(select(PeriodicRun.finished_at)).one() is None


def test_old_slots_are_forgotten(ground, clock):
    run_in_slot(ground, "count", EVERY, lambda _ground: None)
    clock.advance(timedelta(days=3))
    forget_old_slots(ground)
    with ground.database.read() as session:
        assert session.scalar(select(func.count()).select_from(PeriodicRun)) == 0


@pytest.mark.parametrize(
    ("moment", "start"),
    [("15:00:00", "15:00:00"), ("15:00:59", "15:00:00"), ("15:01:00", "15:01:00")],
)
def test_a_slot_begins_on_the_minute(moment, start):
    at = datetime.fromisoformat(f"2026-12-01T{moment}").replace(tzinfo=UTC)
    assert slot_of(at, EVERY) == datetime.fromisoformat(f"2026-12-01T{start}").replace(tzinfo=UTC)

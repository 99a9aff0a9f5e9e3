"""Threads that write at the same moment share a commit on SQLite; one that fails fails alone, on both databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import IntegrityError, OperationalError

from app.core.models import PeriodicRun

NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
THREADS = 8


def write_slot(number, *, fails=False):
    def work(session):
        session.add(PeriodicRun(name="tick", slot=NOON + timedelta(hours=number), started_at=NOON))
        session.flush()
        if fails:
            raise LookupError("stop")
        return number

    return work


def slots(database):
    with database.read() as session:
        return [(slot - NOON) // timedelta(hours=1) for slot in session.scalars(select(PeriodicRun.slot))]


def all_at_once(database, works):
    """Each work in a thread of its own, all standing in line before the first may write; what came of each."""
    database._shared._waiting.clear()
    with ThreadPoolExecutor(len(works)) as threads:
        with database.turn_to_write():
            doing = [threads.submit(database.write_together, work) for work in works]
            while database.is_sqlite and len(database._shared._waiting) < len(works):
                threading.Event().wait(0.001)
        return [each.exception() or each.result() for each in doing]


def commits_of(database):
    counted = []
    event.listen(database.engine, "commit", lambda _connection: counted.append(1))
    return counted


def test_all_that_wait_share_one_commit_on_sqlite(database):
    counted = commits_of(database)
    assert all_at_once(database, [write_slot(number) for number in range(THREADS)]) == list(range(THREADS))
    assert len(counted) == (1 if database.is_sqlite else THREADS)
    assert sorted(slots(database)) == list(range(THREADS))


def test_one_that_fails_fails_alone_and_leaves_nothing(database):
    works = [write_slot(number, fails=number == 3) for number in range(THREADS)]
    came = all_at_once(database, works)
    assert isinstance(came.pop(3), LookupError)
    assert came == [0, 1, 2, 4, 5, 6, 7]
    assert sorted(slots(database)) == came


def test_the_same_row_from_two_is_written_once_and_the_other_hears_of_it(database):
    came = all_at_once(database, [write_slot(1), write_slot(1), write_slot(2)])
    assert [type(each) for each in came].count(IntegrityError) == 1
    assert sorted(slots(database)) == [1, 2]


def test_a_piece_does_not_see_what_another_has_loaded(database):
    """Only what is written: the session is as if it were new."""

    def leave_a_note(session):
        session.info["note"] = "mine"
        session.add(PeriodicRun(name="tick", slot=NOON, started_at=NOON))

    def look(session):
        count = session.scalar(select(func.count()).select_from(PeriodicRun))
        return (dict(session.info), len(session.identity_map), count)

    works = [leave_a_note, look] if database.is_sqlite else [look]
    assert all_at_once(database, works)[-1] == ({}, 0, len(works) - 1)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_locked_database_is_said_to_all_at_once(database):
    """Not tried again for each: the carriers would have given up long before the last."""
    database.engine.dispose()
    tried = []
    event.listen(database.engine, "connect", lambda raw, _record: raw.execute("PRAGMA busy_timeout = 20"))
    with database.engine.begin():  # holds the lock, as another process would: our own line is not asked
        event.listen(database.engine, "checkout", lambda *_: tried.append(1))
        came = all_at_once(database, [write_slot(number) for number in range(THREADS)])
        assert len(tried) == 1
    assert {type(each) for each in came} == {OperationalError}
    assert slots(database) == []

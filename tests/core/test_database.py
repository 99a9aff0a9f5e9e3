"""Sessions and column types that behave the same on both databases."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from app.core.ids import new_code, new_id
from app.core.models import Clinic, PeriodicRun

NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


def run(**said):
    return PeriodicRun(**{"name": "tick", "slot": NOON, "started_at": NOON, **said})


def count(database):
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(PeriodicRun))


def test_a_write_commits_at_the_end(database):
    with database.write() as session:
        session.add(run())
    assert count(database) == 1


def test_a_write_that_fails_leaves_nothing(database):
    def write_and_fail():
        with database.write() as session:
            session.add(run())
            session.flush()
            raise LookupError("stop")

    with pytest.raises(LookupError, match="stop"):
        write_and_fail()
    assert count(database) == 0


def test_a_look_keeps_nothing(database):
    with database.read() as session:
        session.add(run())
    assert count(database) == 0


@pytest.mark.parametrize(
    "moment",
    [
        NOON,
        NOON.astimezone(timezone(timedelta(hours=-3, minutes=-30))),
        datetime(2026, 3, 8, 7, 0, 0, 123456, tzinfo=UTC),
    ],
    ids=["UTC", "St John's", "to the microsecond"],
)
def test_a_time_comes_back_as_the_same_moment_in_utc(database, moment):
    with database.write() as session:
        session.add(run(slot=moment))
    with database.read() as session:
        stored = session.scalars(select(PeriodicRun.slot)).one()
    assert (stored, stored.tzinfo) == (moment, UTC)


def test_a_time_without_a_zone_is_refused(database):
    with pytest.raises(StatementError, match="without a zone"), database.write() as session:
        session.add(run(slot=datetime(2026, 12, 1)))  # noqa: DTZ001 - that is the point


def test_unique_keys_hold(database):
    with database.write() as session:
        session.add(run())
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(run())


def test_a_column_that_does_not_exist_cannot_be_set():
    with pytest.raises(TypeError, match="no column colour"):
        run(colour="blue")


def test_foreign_keys_hold(database):
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(
            text("INSERT INTO event (id, clinic_id, kind, subject_id, details, created_at, attempts)"
                 " VALUES (1, 404, 'x', 1, '{}', '2026-12-01 00:00:00+00:00', 0)")
        )  # fmt: skip


def test_a_closed_set_is_closed(database, clock):
    with database.write() as session:
        clinic = Clinic(slug="a", name="A", zone="UTC", locale="en")
        session.add(clinic)
    with pytest.raises(DBAPIError), database.write() as session:
        session.execute(
            text("INSERT INTO patient (id, clinic_id, status, locale, created_at, updated_at)"
                 " VALUES (1, :clinic, 'asleep', 'en', '2026-12-01 00:00:00+00:00', '2026-12-01 00:00:00+00:00')"),
            {"clinic": clinic.id},
        )  # fmt: skip


def test_writers_wait_for_each_other_and_none_fails(database):
    """Ten threads read, then write on what they read: with deferred locks most of these would fail on SQLite."""

    def add_one():
        for _ in range(5):
            with database.write() as session:
                seen = session.scalar(select(func.count()).select_from(PeriodicRun))
                session.add(run(name=f"{threading.get_ident()}:{new_id()}"))
                assert seen is not None

    threads = [threading.Thread(target=add_one) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(database) == 50


def test_ids_rise_within_a_process_and_never_repeat():
    made, threads = [], []
    for _ in range(4):
        threads.append(threading.Thread(target=lambda: made.append([new_id() for _ in range(5000)])))
        threads[-1].start()
    for thread in threads:
        thread.join()
    assert all(ids == sorted(ids) for ids in made)
    assert len({each for ids in made for each in ids}) == 20_000
    assert all(0 < each < 2**63 for ids in made for each in ids)


FORKED = r"""
import os, time
from app.core import ids
ids.new_id()
at = time.time() + 1  # one moment for all of them
ids.time.time = lambda: at
for _ in range(4):
    if os.fork() == 0:
        os.write(1, b"%d\n" % ids.new_id())
        os._exit(0)
    os.wait()
"""


def test_processes_forked_from_one_make_different_ids_at_the_same_moment():
    said = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, check=True).stdout
    assert len(set(said.split())) == 4


def test_a_code_can_be_read_aloud():
    codes = [new_code() for _ in range(200)]
    assert all(len(code) == 6 and not set(code) & set("01AEIOULSBZ") for code in codes)
    assert len(set(codes)) > 195


def test_an_error_of_the_database_repeats_no_values(database):
    with database.write() as session:
        session.add(run(name="a secret name"))
    with pytest.raises(IntegrityError) as caught, database.write() as session:
        session.add(run(name="a secret name"))
    assert "a secret name" not in str(caught.value).partition("DETAIL")[0]


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_who_comes_next_gets_the_connection_used_last(database):
    """It has its statements prepared; the others rest until many come at once."""
    with database.read() as one, database.read() as another:
        warm = [session.scalar(text("SELECT pg_backend_pid()")) for session in (one, another)]
    for _ in range(3):
        with database.read() as session:
            assert session.scalar(text("SELECT pg_backend_pid()")) == warm[0], "given back last, taken first"

"""Statements run by text write what SQLAlchemy would have written, and rows read plainly are the session's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import bindparam, column, func, insert, literal_column, select, table
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.core.loaded import Loaded
from app.core.models import Clinic, Event, PeriodicRun
from app.core.prepared import prepared_once
from app.core.rows import insert_now, rewrite

NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
EASTERN_NOON = datetime(2026, 12, 1, 7, 0, tzinfo=timezone(timedelta(hours=-5)))
EVENT = Loaded(Event)


@pytest.fixture
def clinic_id(database):
    with database.write() as session:
        clinic = Clinic(slug="lakeside", name="Lakeside", zone="America/Toronto", locale="en")
        session.add(clinic)
        return clinic.id


def event(clinic_id, **said):
    told = {"kind": "answered", "subject_id": 2**60, "details": {"é": [1, None]}, "created_at": EASTERN_NOON, **said}
    return Event(clinic_id=clinic_id, **told)


def stored(database, event_id):
    with database.read() as session:
        return session.get_one(Event, event_id)


def test_a_row_written_at_once_reads_as_it_was(database, clinic_id):
    row = event(clinic_id)
    with database.write() as session:
        insert_now(session, row)
    kept = stored(database, row.id)
    assert (kept.created_at, kept.details, kept.handled_at) == (NOON, {"é": [1, None]}, None)
    assert (kept.subject_id, kept.attempts) == (2**60, 0)


def test_a_row_rewritten_keeps_what_was_not_named(database, clinic_id):
    row = event(clinic_id)
    with database.write() as session:
        session.add(row)
    with database.write() as session:
        rewrite(session, session.get_one(Event, row.id), attempts=3, handled_at=EASTERN_NOON, details={})
    kept = stored(database, row.id)
    assert (kept.attempts, kept.handled_at, kept.details, kept.kind) == (3, NOON, {}, "answered")


def test_a_time_without_a_zone_is_refused(database, clinic_id):
    with pytest.raises(ValueError, match="without a zone"), database.write() as session:
        insert_now(session, event(clinic_id, created_at=datetime(2026, 12, 1)))  # noqa: DTZ001


def test_what_the_database_refuses_is_told_as_ever(database, clinic_id):
    with database.write() as session:
        insert_now(session, event(clinic_id, unique_key="once"))
    with pytest.raises(IntegrityError), database.write() as session:
        insert_now(session, event(clinic_id, unique_key="once"))


def test_many_rows_say_how_many_were_written(database):
    @prepared_once
    def add(_database):
        return insert(PeriodicRun.__table__)

    rows = [{"id": n, "name": "tick", "slot": NOON + timedelta(hours=n), "started_at": NOON} for n in (1, 2, 3)]
    with database.write() as session:
        connection = session.connection()
        assert add(connection) is add(connection)
        assert add(connection).run_many(connection, [{**row, "finished_at": None} for row in rows]) == 3


def test_what_is_read_comes_as_sqlalchemy_would_give_it(database, clinic_id):
    @prepared_once
    def events_of(_database):
        return (
            select(*EVENT.columns(Event.__table__))
            .where(Event.subject_id == bindparam("subject"), Event.kind == "answered")
            .order_by(Event.id)
            .limit(9)
        )

    with database.write() as session:
        session.add_all(
            [event(clinic_id), event(clinic_id, handled_at=NOON, details={}), event(clinic_id, subject_id=1)]
        )
    with database.read() as session:
        connection = session.connection()
        given = events_of(connection).read(connection, {"subject": 2**60})
        wanted = select(*EVENT.columns(Event.__table__)).where(Event.subject_id == 2**60).order_by(Event.id)
        assert given == [list(row) for row in connection.execute(wanted)]
        assert len(given) == 2
        assert events_of(connection).read(connection, {"subject": 3}) == []


def test_what_the_database_refuses_to_give_is_told_as_ever(database):
    @prepared_once
    def nothing(_database):
        return select(column("id")).select_from(table("no_such_table"))

    with database.read() as session:
        connection = session.connection()
        with pytest.raises(DBAPIError, match="no_such_table"):
            nothing(connection).read(connection, {})


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_connection_that_was_cut_is_told_as_ever(database):
    @prepared_once
    def one(_database):
        return select(literal_column("1"))

    with database.read() as session:
        connection = session.connection()
        me = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        with database.read() as other:
            other.execute(select(func.pg_terminate_backend(me, 5000)))
        with pytest.raises(DBAPIError) as told:
            one(connection).read(connection, {})
        assert told.value.connection_invalidated


def test_a_row_given_to_the_session_is_the_sessions(database, clinic_id):
    row = event(clinic_id)
    with database.write() as session:
        session.add(row)
    with database.write() as session:
        given = EVENT.give(session, read_plainly(session, row.id))
        assert session.get_one(Event, row.id) is given
        assert not session.dirty
        given.attempts = 7
    assert stored(database, row.id).attempts == 7


def test_a_row_the_session_holds_hears_the_newer_values(database, clinic_id):
    row = event(clinic_id)
    with database.write() as session:
        session.add(row)
    with database.write() as session:
        held = session.get_one(Event, row.id)
        session.connection().execute(Event.__table__.update().values(attempts=5))
        assert EVENT.give(session, read_plainly(session, row.id)) is held
        assert held.attempts == 5


def test_what_was_not_read_loads_when_asked(database, clinic_id):
    row, few = event(clinic_id), Loaded(Event, "kind")
    with database.write() as session:
        session.add(row)
    with database.write() as session:
        values = session.connection().execute(select(*few.columns(Event.__table__))).one()
        given = few.give(session, values)
        assert (given.kind, given.details) == ("answered", {"é": [1, None]})


def test_no_row_is_none(database):
    with database.read() as session:
        assert EVENT.give(session, [None] * len(EVENT)) is None


def read_plainly(session, event_id):
    wanted = select(*EVENT.columns(Event.__table__)).where(Event.id == event_id)
    return session.connection().execute(wanted).one()

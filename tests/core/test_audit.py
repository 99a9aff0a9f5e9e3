"""The audit chain: whole when untouched, broken by every kind of tampering, and only ever appended to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.core.audit import SYSTEM, Actor, extend_chain, record_audit, verify_chain
from app.core.models import AuditEvent, AuditLink


def act(database, clock, count=3, **details):
    with database.write() as session:
        for number in range(count):
            record_audit(
                session, "viewed", "ticket", number, actor=Actor("staff", 7), now=clock.now(), patient_id=4, **details
            )


def seal(database, clock):
    with database.write() as session:
        return extend_chain(session, now=clock.now())


def verify(database):
    with database.read() as session:
        return verify_chain(session)


@pytest.fixture
def sealed_three(database, clock):
    act(database, clock)
    clock.advance(timedelta(minutes=1))
    assert seal(database, clock) == 3


def tamper(database, *statements):
    """Change rows as somebody with the database file would: the guards taken away first."""
    with database.engine.begin() as connection:
        for table in ("audit_event", "audit_link"):
            if database.is_sqlite:
                for verb in ("update", "delete"):
                    connection.execute(text(f"DROP TRIGGER {table}_no_{verb}"))
            else:
                connection.execute(text(f"DROP TRIGGER {table}_append_only ON {table}"))
        for statement in statements:
            connection.execute(text(statement))


def test_an_untouched_chain_is_whole(database, clock, sealed_three):
    assert (verify(database).links, verify(database).broken, verify(database).waiting) == (3, None, 0)


def test_fresh_events_wait_until_their_neighbours_had_time_to_commit(database, clock):
    act(database, clock)
    assert seal(database, clock) == 0
    assert verify(database).waiting == 3
    clock.advance(timedelta(seconds=31))
    assert seal(database, clock) == 3


def test_sealing_again_adds_nothing(database, clock, sealed_three):
    assert seal(database, clock) == 0


def test_an_event_that_committed_late_is_linked_too(database, clock, sealed_three):
    with database.write() as session:
        late = session.scalar(select(func.min(AuditEvent.id))) - 1
        event = record_audit(session, "sent", "message", 1, actor=SYSTEM, now=clock.now())
        event.id = late
    clock.advance(timedelta(minutes=1))
    assert seal(database, clock) == 1
    assert verify(database).broken is None


FIRST = "(SELECT min(id) FROM audit_event)"


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        ([f"UPDATE audit_event SET actor_id = 8 WHERE id = {FIRST}"], "was changed"),
        ([f"UPDATE audit_event SET reason = 'because' WHERE id = {FIRST}"], "was changed"),
        ([f"DELETE FROM audit_event WHERE id = {FIRST}"], "was removed"),
        (["DELETE FROM audit_link WHERE position = 2"], "link 2 is missing"),
        (
            [
                f"DELETE FROM audit_event WHERE id = {FIRST}",
                "DELETE FROM audit_link WHERE position = 1",
                "UPDATE audit_link SET position = position - 1",
            ],
            "was changed",
        ),
        (["UPDATE audit_link SET hash = 'x' WHERE position = 3"], "was changed"),
    ],
    ids=["who", "why", "removed", "link removed", "both removed and closed up", "hash"],
)
def test_tampering_is_found(database, clock, sealed_three, statements, words):
    tamper(database, *statements)
    assert words in (verify(database).broken or "")


def test_an_event_slipped_in_later_is_seen_as_waiting(database, clock, sealed_three):
    act(database, clock, count=1)
    assert verify(database).waiting == 1


@pytest.mark.parametrize("table", ["audit_event", "audit_link"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_the_database_itself_refuses_change_and_removal(database, clock, sealed_three, table, verb):
    with pytest.raises(DBAPIError, match="append-only"), database.write() as session:
        session.execute(text(verb.format(table)))
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(AuditLink)) == 3


def test_an_audit_event_is_undone_with_what_it_is_about(database, clock):
    def change_and_fail():
        with database.write() as session:
            record_audit(session, "changed", "patient", 1, actor=SYSTEM, now=clock.now())
            session.flush()
            raise LookupError("stop")

    with pytest.raises(LookupError, match="stop"):
        change_and_fail()
    assert verify(database).waiting == 0

"""Messages queued by the thousand are the same messages as those queued one by one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from app.core.rows import whole
from app.messaging.insert_many import WORTH_A_DETOUR
from app.messaging.models import Message
from app.messaging.queue_message import AT_ONCE, Draft, queue_message, queue_messages

MANY = WORTH_A_DETOUR + 1
OF_ITS_OWN = {"id", "cause", "address_sealed", "body_sealed"}


def draft(ground, clinic, cause, **said) -> Draft:
    usual = {
        "clinic_id": clinic, "channel": "sms", "address": "+13065550155", "purpose": "reminder", "cause": cause,
        "due_at": ground.clock.now() + timedelta(hours=1), "body": "Tab\t line\n back\\slash, NULL \\N, \U0001f642, é",
    }  # fmt: skip
    return Draft(**{**usual, **said})


def rows_by_cause(session) -> dict[str, Message]:
    return {row.cause: row for row in session.scalars(select(Message))}


def test_every_column_is_as_if_queued_alone(ground, clinic):
    with ground.database.write() as session:
        queue_message(session, draft(ground, clinic, "alone"), now=ground.clock.now())
        queue_messages(session, [draft(ground, clinic, f"one of {n}") for n in range(MANY)], now=ground.clock.now())
    with ground.database.read() as session:
        rows = rows_by_cause(session)
        alone = whole(rows.pop("alone"))
        assert len(rows) == MANY
        for row in rows.values():
            assert {**whole(row), **dict.fromkeys(OF_ITS_OWN)} == {**alone, **dict.fromkeys(OF_ITS_OWN)}
            assert (row.address, row.body) == ("+13065550155", draft(ground, clinic, "x").body)


def test_a_cause_that_is_known_keeps_its_first_message(ground, clinic):
    with ground.database.write() as session:
        first = queue_message(session, draft(ground, clinic, "known", body="first"), now=ground.clock.now()).id
    for _ in range(2):
        with ground.database.write() as session:
            twice = [draft(ground, clinic, cause, body="later") for cause in (*["known", "new"] * MANY, "new")]
            queue_messages(session, twice, now=ground.clock.now())
    with ground.database.read() as session:
        rows = rows_by_cause(session)
        assert (rows["known"].id, rows["known"].body, sorted(rows)) == (first, "first", ["known", "new"])


def test_batch_after_batch_arrives_or_nothing_does(ground, clinic):
    """Three batches, the second with a draft no batch can hold; then three without."""

    def drafts(fault=None):
        for number in range(2 * AT_ONCE + 1):
            yield draft(ground, clinic, f"batch:{number}", body="x", clinic_id=0 if number == fault else clinic)

    with pytest.raises(DBAPIError), ground.database.write() as session:
        queue_messages(session, drafts(fault=AT_ONCE + 1), now=ground.clock.now())
    with ground.database.write() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 0
        queue_messages(session, drafts(), now=ground.clock.now())
    with ground.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 2 * AT_ONCE + 1


def test_no_messages_are_no_work(ground):
    with ground.database.write() as session:
        queue_messages(session, [], now=ground.clock.now())


def test_what_the_database_refuses_is_told_as_for_every_statement(ground, clinic):
    """So that whoever queues a campaign can tell a database that is away from a fault of ours."""
    refused = [draft(ground, clinic, f"one of {n}", purpose="reminder" * 100 + "\x00") for n in range(MANY)]
    if ground.database.is_sqlite:
        pytest.skip("SQLite keeps null characters and text of any length")
    with pytest.raises(DBAPIError), ground.database.write() as session:
        queue_messages(session, refused, now=ground.clock.now())
    with ground.database.read() as session:
        assert rows_by_cause(session) == {}

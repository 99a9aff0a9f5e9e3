"""The writes around a send, for a whole group in the statements of one; whoever's message was taken is told so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.messaging.attempt import Mark, Record, Result, write_attempts
from app.messaging.claim import claim
from app.messaging.group_writes import NotAllOurs
from app.messaging.models import Message, MessageAttempt
from app.messaging.record_receipt import record_receipt
from app.messaging.rules import Outcome
from channels.base import DeliveryStatus, SendReceipt, StatusReceipt
from channels.errors import Decision
from tests.beds.statements import counted

MANY = 12


@pytest.fixture
def claimed(ground, queue):
    for number in range(MANY):
        queue(address=f"+1306555{number:04}", needs_consent=False)
    return claim(ground, limit=MANY, lease=timedelta(seconds=60))[1]


def mark(ground, claimed):
    with ground.database.write() as session:
        return write_attempts(session, [Mark(each, ground.clock.now()) for each in claimed])


def record(ground, results):
    now, machine_now = ground.clock.now(), ground.clock.machine_now()
    with ground.database.write() as session:
        return write_attempts(session, [Record(each, result, now, machine_now) for each, result in results])


def taken(claimed):
    return Result(Outcome.ACCEPTED, receipt=SendReceipt("scripted", f"C-{claimed.message_id}", "queued", segments=1))


def states(ground, claimed):
    with ground.database.read() as session:
        return [session.get_one(Message, each.message_id).state for each in claimed]


def test_a_group_is_written_in_as_few_statements_as_one_message(ground, claimed):
    """PostgreSQL writes message and attempt at once; before an outcome both ask whether a receipt came first."""
    marking, recording = (2, 3) if ground.database.is_sqlite else (1, 2)
    with counted(ground.database) as sent:
        assert mark(ground, claimed) == [True] * MANY
    assert len(sent) == marking, "\n".join(sent)
    assert states(ground, claimed) == ["attempting"] * MANY
    with counted(ground.database) as sent:
        assert record(ground, [(each, taken(each)) for each in claimed]) == [True] * MANY
    assert len(sent) == recording, "\n".join(sent)
    assert states(ground, claimed) == ["accepted"] * MANY
    with ground.database.read() as session:
        kept = {(each.message_id, each.external_id, each.outcome) for each in session.query(MessageAttempt)}
    assert kept == {(each.message_id, f"C-{each.message_id}", "accepted") for each in claimed}


def test_a_group_with_one_that_was_taken_is_undone_and_each_written_alone(ground, claimed):
    with ground.database.write() as session:
        session.execute(update(Message).where(Message.id == claimed[3].message_id).values(lease_token=1))
    with pytest.raises(NotAllOurs):
        mark(ground, claimed)
    assert states(ground, claimed) == ["claimed"] * MANY, "the group left nothing"
    assert [mark(ground, [each])[0] for each in claimed] == [number != 3 for number in range(MANY)]


def test_refusals_and_early_receipts_stand_beside_what_was_plainly_taken(ground, claimed):
    """One refused, one put off, one whose delivery was told before the carrier's own answer was written."""
    mark(ground, claimed)
    early = StatusReceipt(
        carrier="scripted", carrier_id=f"C-{claimed[2].message_id}", attempt_token=None, carrier_code=None,
        status=DeliveryStatus.DELIVERED, carrier_status="delivered", heard_at=ground.clock.now(), decision=None,
    )  # fmt: skip
    record_receipt(ground, "scripted", early)
    results = [(each, taken(each)) for each in claimed]
    results[0] = (claimed[0], Result(Outcome.REFUSED, decision=Decision.STOP_ADDRESS, code="30005"))
    results[1] = (claimed[1], Result(Outcome.PUT_OFF, code="busy", pause_s=60))
    record(ground, results)
    assert states(ground, claimed) == ["undelivered", "pending", "delivered", *["accepted"] * (MANY - 3)]

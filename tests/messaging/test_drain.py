"""Handing over: what leaves, in which order, and what becomes of it."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.models import Event
from app.messaging.drain import Pace, drain
from app.messaging.models import Message, MessageAttempt
from app.messaging.rules import MessageClass, Priority
from channels.errors import (
    AccountRefused,
    AddressRefused,
    CarrierUnreachable,
    ContentRefused,
    LandlineReached,
    OptedOut,
    OutcomeUnknown,
    PartlySent,
    TryLater,
)
from tests.messaging.carrier import failing


def events(ground):
    with ground.database.read() as session:
        return [(event.kind, event.subject_id, event.details.get("reason")) for event in session.scalars(select(Event))]


def test_a_due_message_is_handed_over_once(ground, carrier, queue, message, patient):
    sent = queue(patient_id=patient, body="See you Friday")
    assert drain(ground).accepted == 1
    assert drain(ground).handled == 0
    assert carrier.texts == ["See you Friday"]
    row = message(sent)
    assert (row.state, row.external_id) == ("accepted", carrier.id_of(carrier.accepted[0]))
    assert (row.attempts, row.lease_until, row.accepted_at) == (1, None, ground.clock.now())


def test_the_same_cause_is_queued_and_sent_once(ground, carrier, queue):
    first = queue(cause="due_step:7:1", body="One")
    assert queue(cause="due_step:7:1", body="Two") == first
    drain(ground)
    assert carrier.texts == ["One"]


def test_nothing_leaves_before_it_is_due(ground, carrier, clock, queue):
    queue(due_at=clock.now() + timedelta(hours=1))
    assert drain(ground).handled == 0
    clock.advance(timedelta(hours=1))
    assert drain(ground).accepted == 1


def test_the_attempt_is_on_record_before_the_carrier_is_called(ground, carrier, queue):
    seen = []

    def look(outbound):
        with ground.database.read() as session:
            attempt = session.scalars(
                select(MessageAttempt).where(MessageAttempt.token == outbound.attempt_token)
            ).one()
            seen.append((attempt.number, attempt.outcome))

    carrier.mood = look
    queue()
    drain(ground)
    assert seen == [(1, None)]


def test_urgent_goes_before_replies_before_reminders_before_bulk(ground, carrier, queue):
    for number, priority in enumerate((Priority.BULK, Priority.REMINDER, Priority.REPLY, Priority.URGENT)):
        queue(address=f"+1306555010{number}", priority=priority, body=priority.name)
    for _ in range(4):
        drain(ground, limit=1)
    assert carrier.texts == ["URGENT", "REPLY", "REMINDER", "BULK"]


def test_many_that_may_not_leave_do_not_end_the_round_for_those_behind_them(ground, carrier, clinic, queue):
    """Fewer hands than there are numbers that nobody may text: the one behind them leaves in the same drain."""
    for number in range(40):
        queue(address=f"+1306555{number:04}", not_after=ground.clock.now() - timedelta(minutes=1), body="too late")
    queue(address="+13065550999", body="in time")
    assert drain(ground, pace=Pace(threads=2)).accepted == 1
    assert carrier.texts == ["in time"]


def test_what_comes_while_a_call_hangs_is_claimed_all_the_same(ground, carrier, queue):
    """The first call ends only when the second, queued meanwhile, has been made."""
    second = threading.Event()

    def mood(outbound):
        if outbound.text == "second":
            second.set()
            return
        queue(address="+13065550102", body="second", priority=Priority.URGENT)
        assert second.wait(60), "the drain waits for the one that hangs"

    carrier.mood = mood
    queue(address="+13065550101", body="first")
    assert drain(ground).accepted == 2
    assert second.is_set()


def test_what_was_tried_in_vain_is_tried_in_a_commit_of_its_own(ground, carrier, queue):
    """It may be what kills the runner: nobody else's attempt is begun with it, to be lost with it."""

    class Running:
        """No two looks at this clock tell the same time."""

        def now(self):
            return ground.clock.advance(timedelta(seconds=1))

        machine_now = now

    rows = [queue(address=f"+1306555010{number}") for number in range(6)]
    with ground.database.write() as session:
        session.get_one(Message, rows[2]).attempts = 1
    assert drain(replace(ground, clock=Running()), pace=Pace(threads=6)).accepted == 6
    with ground.database.read() as session:
        begun = session.execute(select(MessageAttempt.started_at, MessageAttempt.message_id)).all()
    in_vain = {started_at for started_at, message_id in begun if message_id == rows[2]}
    assert [message_id for started_at, message_id in begun if started_at in in_vain] == [rows[2]]
    assert len({started_at for started_at, _ in begun}) < len(begun), "the others did share theirs"


def test_an_address_is_served_one_at_a_time_and_in_order(ground, carrier, queue):
    carrier.answer_s = 0.002
    for number in range(6):
        queue(body=str(number), conversation_id=1)
    assert drain(ground).accepted == 6
    assert carrier.texts == ["0", "1", "2", "3", "4", "5"]
    assert carrier.most_at_once == 1


def test_a_later_part_waits_while_an_earlier_one_is_retried(ground, carrier, clock, queue):
    queue(body="part 1", conversation_id=1)
    queue(body="part 2", conversation_id=1)
    carrier.mood = failing(TryLater())
    assert drain(ground).put_off == 1
    carrier.mood = lambda _message: None
    assert drain(ground).handled == 0
    clock.advance(timedelta(minutes=1))
    assert drain(ground).accepted == 2
    assert carrier.texts == ["part 1", "part 2"]


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (AddressRefused(carrier_code="21211"), "undelivered", "21211"),
        (LandlineReached(), "undelivered", "landline"),
        (OptedOut(), "suppressed", "opted_out"),
        (ContentRefused(), "dead", "content_refused"),
    ],
    ids=["no such number", "landline", "opted out at the carrier", "wording refused"],
)
def test_a_refusal_ends_the_message_and_says_why(ground, carrier, queue, message, error, state, reason):
    carrier.mood = failing(error)
    refused = queue()
    assert drain(ground).refused == 1
    assert (message(refused).state, message(refused).reason) == (state, reason)
    assert ("message_undelivered", refused, reason) in events(ground)


@pytest.mark.parametrize("error", [TryLater(), CarrierUnreachable(), AccountRefused()], ids=lambda error: error.code)
def test_what_may_pass_later_is_tried_again(ground, carrier, clock, queue, message, error):
    carrier.mood = failing(error)
    waiting = queue()
    assert drain(ground).put_off == 1
    assert message(waiting).state == "pending"
    carrier.mood = lambda _message: None
    clock.advance(timedelta(minutes=6))
    assert drain(ground).accepted == 1


def test_the_carriers_retry_after_is_kept(ground, carrier, clock, queue, message):
    carrier.mood = failing(TryLater(retry_after_s=120))
    waiting = queue()
    drain(ground)
    assert message(waiting).due_at >= clock.now() + timedelta(seconds=120)


def test_a_carrier_that_says_later_all_day_never_poisons_a_message(ground, carrier, clock, queue, message):
    carrier.mood = failing(TryLater())
    waiting = queue(obeys_quiet_hours=False)
    for _ in range(20):
        drain(ground)
        clock.advance(timedelta(minutes=15))
    assert message(waiting).state == "pending"
    clock.advance(timedelta(hours=24))
    drain(ground)
    assert (message(waiting).state, message(waiting).reason) == ("expired", "too_late")


def test_only_the_rest_of_a_partly_sent_text_is_sent_again(ground, carrier, clock, queue):
    carrier.mood = failing(PartlySent(("A", "B"), TryLater()))
    queue()
    drain(ground)
    carrier.mood = lambda _message: None
    clock.advance(timedelta(minutes=1))
    drain(ground)
    assert [sent.parts_done for sent in carrier.accepted] == [2]


@pytest.mark.parametrize(
    "error", [OutcomeUnknown(), ValueError("anything")], ids=["no answer", "a fault of the adapter"]
)
def test_an_unknown_outcome_is_uncertain_and_not_sent_again(ground, carrier, clock, queue, message, error):
    carrier.mood = failing(error)
    doubtful = queue()
    assert drain(ground).uncertain == 1
    carrier.mood = lambda _message: None
    clock.advance(timedelta(hours=1))
    assert drain(ground).handled == 0
    assert message(doubtful).state == "uncertain"


def test_a_message_without_a_carrier_waits_for_one(ground, carrier, clock, queue, message):
    waiting = queue(channel="voice")
    assert drain(ground).handled == 0
    assert (message(waiting).state, message(waiting).reason, message(waiting).attempts) == ("pending", "no_carrier", 0)


def test_a_taken_back_message_is_not_sent(ground, carrier, queue, message):
    from app.messaging.cancel_messages import cancel_messages

    gone = queue(due_step_id=5, class_=MessageClass.REMINDER)
    with ground.database.write() as session:
        assert cancel_messages(session, reason="visit_moved", now=ground.clock.now(), due_step_id=5) == 1
    assert drain(ground).handled == 0
    assert (message(gone).state, message(gone).reason) == ("cancelled", "visit_moved")
    assert events(ground) == []


def test_a_message_whose_seal_is_broken_does_not_hold_up_the_others(ground, carrier, queue, message):
    broken = queue(address="+13065550101")
    with ground.database.write() as session:
        session.get_one(Message, broken).body_sealed = b"\x01\x00\x01" + b"x" * 40
    queue(address="+13065550102", body="whole")
    drain(ground)
    assert carrier.texts == ["whole"]
    assert (message(broken).state, message(broken).reason) == ("dead", "unreadable")

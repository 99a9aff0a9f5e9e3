"""What nobody knows the fate of: found, believed absent only the second time, or left to its class after 15 minutes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.models import Event
from app.messaging.attempt import Mark, Record, Result, write_attempts
from app.messaging.claim import claim
from app.messaging.drain import Pace, drain
from app.messaging.models import MessageAttempt
from app.messaging.rules import MessageClass, Outcome
from app.messaging.settle_uncertain import settle_uncertain
from app.messaging.sweep_leases import Swept, sweep_leases
from channels.base import SendReceipt
from channels.errors import OutcomeUnknown
from tests.messaging.carrier import ScriptedCarrier, failing
from tests.messaging.conftest import PHONE

LEASE = timedelta(seconds=60)


def take(ground):
    """A runner claims one message and writes that it is about to call the carrier; then we say what becomes of it."""
    claimed = claim(ground, limit=1, lease=LEASE)[1][0]
    with ground.database.write() as session:
        assert write_attempts(session, [Mark(claimed, ground.clock.now())]) == [True]
    return claimed


def record(ground, claimed, result):
    with ground.database.write() as session:
        write_attempts(session, [Record(claimed, result, ground.clock.now(), ground.clock.machine_now())])


def accepted(claimed):
    return Result(Outcome.ACCEPTED, receipt=SendReceipt("scripted", f"C-{claimed.attempt_token}", "queued"))


def test_an_answer_lost_on_the_way_is_found_at_the_carrier(ground, carrier, queue, message):
    carrier.lost_answers = {PHONE}
    doubtful = queue()
    assert drain(ground).uncertain == 1
    assert settle_uncertain(ground).sent == 1
    row = message(doubtful)
    assert (row.state, row.external_id) == ("accepted", carrier.id_of(carrier.accepted[0]))
    assert len(carrier.accepted) == 1


def test_absent_once_is_not_believed_absent_a_minute_later_is(ground, carrier, clock, queue, message):
    carrier.mood = failing(OutcomeUnknown())
    doubtful = queue()
    drain(ground)
    assert settle_uncertain(ground).still_open == 1
    clock.advance(timedelta(seconds=30))
    assert settle_uncertain(ground).still_open == 1
    clock.advance(timedelta(seconds=30))
    assert settle_uncertain(ground).not_sent == 1
    assert message(doubtful).state == "pending"
    carrier.mood = lambda _message: None
    assert drain(ground).accepted == 1


def test_a_look_is_not_repeated_before_its_time(ground, carrier, queue):
    carrier.mood = failing(OutcomeUnknown())
    queue()
    drain(ground)
    assert settle_uncertain(ground).still_open == 1
    assert settle_uncertain(ground).still_open == 0


def test_an_urgent_text_that_goes_again_repeats_none_of_the_parts_that_were_taken(ground, carrier, clock, queue):
    unknown = OutcomeUnknown()
    unknown.part_ids = ("A", "B")
    carrier.mood = failing(unknown)
    carrier.can_list = False
    queue(class_=MessageClass.URGENT)
    drain(ground)
    clock.advance(timedelta(minutes=16))
    assert settle_uncertain(ground).by_class == 1
    carrier.mood = lambda _message: None
    drain(ground)
    assert [sent.parts_done for sent in carrier.accepted] == [2]


@pytest.mark.parametrize(
    ("message_class", "state", "reason", "asks_a_person"),
    [
        (MessageClass.URGENT, "pending", "maybe_twice", False),
        (MessageClass.REMINDER, "accepted", "probably_sent", False),
        (MessageClass.REPLY, "accepted", "probably_sent", False),
        (MessageClass.CLINICAL, "uncertain", "unsettled", True),
    ],
)
def test_after_a_quarter_of_an_hour_the_class_decides(
    ground, carrier, clock, queue, message, message_class, state, reason, asks_a_person
):
    carrier.mood = failing(OutcomeUnknown())
    carrier.can_list = False
    doubtful = queue(class_=message_class)
    drain(ground)
    clock.advance(timedelta(minutes=14, seconds=59))
    assert settle_uncertain(ground).still_open == 1
    clock.advance(timedelta(minutes=1))
    assert settle_uncertain(ground).by_class == 1
    assert (message(doubtful).state, message(doubtful).reason) == (state, reason)
    with ground.database.read() as session:
        kinds = list(session.scalars(select(Event.kind)))
    assert kinds == (["message_unsettled"] if asks_a_person else [])
    clock.advance(timedelta(hours=1))
    assert settle_uncertain(ground).by_class == 0


def test_a_dead_runners_claim_is_freed_and_sent_by_the_next(ground, carrier, clock, queue, message):
    held = queue()
    claim(ground, limit=1, lease=LEASE)
    assert sweep_leases(ground) == Swept()
    clock.advance(LEASE + timedelta(seconds=1))
    assert sweep_leases(ground) == Swept(released=1)
    assert (message(held).state, message(held).attempts) == ("pending", 0)
    assert drain(ground).accepted == 1


def test_what_a_dead_runner_was_handing_over_is_uncertain_never_pending(ground, carrier, clock, queue, message):
    held = queue()
    take(ground)
    clock.advance(LEASE + timedelta(seconds=1))
    assert sweep_leases(ground) == Swept(uncertain=1)
    assert message(held).state == "uncertain"
    assert drain(ground).handled == 0


def test_a_claim_that_lost_its_lease_may_not_send(ground, carrier, clock, queue):
    queue()
    orphan = claim(ground, limit=1, lease=LEASE)[1][0]
    clock.advance(LEASE + timedelta(seconds=1))
    sweep_leases(ground)
    with ground.database.write() as session:
        assert write_attempts(session, [Mark(orphan, clock.now())]) == [False]
    assert drain(ground).accepted == 1


def test_a_slow_runners_answer_still_settles_the_doubt(ground, clock, queue, message):
    held = queue()
    slow = take(ground)
    clock.advance(LEASE + timedelta(seconds=1))
    sweep_leases(ground)
    record(ground, slow, accepted(slow))
    assert (message(held).state, message(held).external_id) == ("accepted", f"C-{slow.attempt_token}")


def test_an_orphans_failure_does_not_touch_what_another_runner_has_taken(ground, clock, queue, message):
    held = queue()
    orphan = take(ground)
    clock.advance(LEASE + timedelta(seconds=1))
    sweep_leases(ground)
    settle_uncertain(ground)
    clock.advance(timedelta(minutes=2))
    assert settle_uncertain(ground).not_sent == 1
    taken = take(ground)
    record(ground, orphan, Result(Outcome.REFUSED, code="late"))
    assert message(held).state == "attempting"
    record(ground, taken, accepted(taken))
    assert message(held).state == "accepted"


def test_a_message_that_kills_its_runner_is_set_aside_after_five_tries(ground, carrier, clock, queue, message):
    poison = queue()
    for _ in range(5):
        take(ground)
        clock.advance(LEASE + timedelta(seconds=1))
        sweep_leases(ground)
        settle_uncertain(ground)
        clock.advance(timedelta(minutes=1))
        assert settle_uncertain(ground).not_sent == 1
    assert drain(ground).handled == 0
    assert carrier.texts == []
    assert (message(poison).state, message(poison).reason, message(poison).attempts) == ("dead", "poison", 6)


def test_every_attempt_keeps_its_outcome(ground, carrier, clock, queue):
    carrier.mood = failing(OutcomeUnknown())
    queue()
    drain(ground)
    settle_uncertain(ground)
    clock.advance(timedelta(minutes=2))
    settle_uncertain(ground)
    carrier.mood = lambda _message: None
    drain(ground)
    with ground.database.read() as session:
        rows = session.execute(select(MessageAttempt.number, MessageAttempt.outcome).order_by(MessageAttempt.number))
        assert [tuple(row) for row in rows] == [(1, "settled_not_sent"), (2, "accepted")]


def doubts(ground, carrier, queue, count):
    """So many texts whose answers were lost; the carrier has none of them."""
    carrier.mood = failing(OutcomeUnknown())
    for number in range(count):
        queue(address=f"+1306555{number:04}", body=str(number))
        drain(ground, pace=Pace(threads=1))
        ground.clock.advance(timedelta(milliseconds=1))
        ground.breaker.note(carrier.name, worked=True, now=ground.clock.machine_now())


def hangs(clock, seconds):
    def hang(_message):
        clock.advance(timedelta(seconds=seconds))
        raise OutcomeUnknown

    return hang


def test_what_is_urgent_waits_for_one_question_to_a_carrier_that_hangs(ground, carrier, clock, queue):
    """Eight doubts, three seconds each: an urgent text for a carrier that is well comes in with the first of them."""
    other = ScriptedCarrier(name="second")
    ground = replace(ground, carriers={**ground.carriers, "second": other.built()})
    doubts(ground, carrier, queue, 8)
    carrier.when_asked = hangs(clock, 3)
    ground.breaker.failures = 100  # what the time bounds, whatever the breaker thinks
    settle_uncertain(ground)
    assert len(carrier.asked) == 1
    for _ in range(7):
        settle_uncertain(ground)
    assert [message.text for message in carrier.asked] == [str(number) for number in range(8)], "each has its turn"


def test_many_quick_answers_are_had_in_one_round(ground, carrier, clock, queue):
    doubts(ground, carrier, queue, 8)
    carrier.when_asked = lambda _message: clock.advance(timedelta(milliseconds=200))
    assert settle_uncertain(ground).still_open == 8


def test_a_carrier_that_is_left_alone_is_not_asked_and_the_class_decides_in_its_time(
    ground, carrier, clock, queue, message
):
    doubtful = queue(class_=MessageClass.REMINDER)
    carrier.mood = failing(OutcomeUnknown())
    drain(ground)
    for _ in range(5):
        ground.breaker.note(carrier.name, worked=False, now=clock.machine_now())
    assert settle_uncertain(ground).still_open == 1
    assert carrier.asked == []
    clock.advance(timedelta(minutes=16))
    for _ in range(5):
        ground.breaker.note(carrier.name, worked=False, now=clock.machine_now())
    assert settle_uncertain(ground).by_class == 1
    assert message(doubtful).state == "accepted"


def test_a_carrier_that_cannot_be_asked_is_left_alone_after_five_times(ground, carrier, clock, queue):
    doubts(ground, carrier, queue, 8)
    carrier.when_asked = failing(OutcomeUnknown())
    assert settle_uncertain(ground).still_open == 8
    assert len(carrier.asked) == 5
    assert ground.breaker.is_sick(carrier.name, now=clock.machine_now())
    clock.advance(timedelta(seconds=31))
    settle_uncertain(ground)
    assert len(carrier.asked) == 6, "one question after the pause, and it failed"


def test_a_question_leaves_the_try_after_the_pause_to_a_text(ground, carrier, clock, queue):
    doubts(ground, carrier, queue, 1)
    for _ in range(5):
        ground.breaker.note(carrier.name, worked=False, now=clock.machine_now())
    clock.advance(timedelta(seconds=31))
    settle_uncertain(ground)
    assert len(carrier.asked) == 1
    assert not ground.breaker.is_sick(carrier.name, now=clock.machine_now())

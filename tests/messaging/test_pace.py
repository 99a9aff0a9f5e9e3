"""A clinic's own limits: the pace of each of its numbers, and what a day may cost."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from app.core.models import Clinic, Event
from app.jobs.texts_held import open_ticket_for_held_texts
from app.messaging.drain import drain
from app.messaging.models import Message
from app.messaging.rules import Priority
from app.support.models import Ticket
from channels.errors import TryLater
from tests.messaging.carrier import failing, fine
from tests.messaging.people import fill


def limit(ground, clinic, **settings):
    with ground.database.write() as session:
        session.get_one(Clinic, clinic).settings = settings


def test_reminders_leave_at_the_lines_pace_in_segments(ground, carrier, clock, clinic):
    limit(ground, clinic, segments_per_second=2)
    fill(ground, clinic, 20, priority=Priority.REMINDER)
    sent = []
    for _ in range(12):
        drain(ground)
        sent.append(len(carrier.accepted))
        clock.advance(timedelta(seconds=1))
    assert sent[0] == 1
    assert sent[-1] == 20
    assert all(later - earlier <= 2 for earlier, later in pairwise(sent))


def test_a_long_text_takes_as_much_of_the_pace_as_it_has_segments(ground, carrier, clock, clinic, queue):
    limit(ground, clinic, segments_per_second=1)
    for number in range(2):
        queue(address=f"+1306555010{number}", body="x" * 400, priority=Priority.BULK)
    drain(ground)
    clock.advance(timedelta(seconds=2))
    drain(ground)
    assert len(carrier.accepted) == 1
    clock.advance(timedelta(seconds=1))
    drain(ground)
    assert len(carrier.accepted) == 2


def test_after_an_hour_without_runners_the_pace_is_kept_all_the_same(ground, carrier, clock, clinic):
    limit(ground, clinic, segments_per_second=1)
    fill(ground, clinic, 60, priority=Priority.REMINDER)
    drain(ground)
    clock.advance(timedelta(hours=1))
    before = len(carrier.accepted)
    drain(ground)
    assert len(carrier.accepted) - before <= 2, "their moments are long past, and the line is no wider for that"
    sent = []
    for _ in range(8):
        clock.advance(timedelta(seconds=1))
        drain(ground)
        sent.append(len(carrier.accepted))
    assert all(later - earlier <= 1 for earlier, later in pairwise(sent))


def test_each_of_a_clinics_numbers_has_its_own_pace(carrier, clock, clinic, queue, second):
    other, (of_other, ground) = "+13435550111", second
    others = [{"sender": other, "carrier": "second", "segments_per_second": 4}]
    limit(ground, clinic, segments_per_second=1, other_senders=others, carriers={"sms": [carrier.name]})
    for number in range(8):
        sender = other if number % 2 else None
        queue(address=f"+1306555020{number}", body=f"{number}", priority=Priority.BULK, sender=sender)
    drain(ground)
    clock.advance(timedelta(seconds=1))
    drain(ground)
    assert (len(of_other.accepted), len(carrier.accepted)) == (4, 2)


def test_a_reply_does_not_wait_for_the_pace(ground, carrier, clinic, queue):
    limit(ground, clinic, segments_per_second=1)
    fill(ground, clinic, 10)
    drain(ground)
    queue(address="+13065559999", body="reply")
    drain(ground)
    assert "reply" in carrier.texts


def paced_words(ground, carrier, clock, seconds, *, poll=1):
    """What leaves in so many seconds, by a runner that polls."""
    before = len(carrier.texts)
    for _ in range(seconds // poll):
        drain(ground)
        clock.advance(timedelta(seconds=poll))
    return carrier.texts[before:]


def test_a_reminder_that_comes_later_leaves_before_a_paced_campaign(ground, carrier, clock, clinic, queue, message):
    """An hour of bulk waits at a segment a second. A reminder good for half an hour is the next to leave."""
    limit(ground, clinic, segments_per_second=1)
    fill(ground, clinic, 3_600, priority=Priority.BULK)
    assert len(paced_words(ground, carrier, clock, 4)) == 4
    soon = clock.now() + timedelta(minutes=30)
    reminder = queue(address="+13065559999", body="reminder", priority=Priority.REMINDER, not_after=soon)
    assert "reminder" in paced_words(ground, carrier, clock, 2)
    assert message(reminder).state == "accepted"


def test_a_paced_campaign_leaves_in_its_order_and_nothing_is_moved(ground, carrier, clock, clinic):
    limit(ground, clinic, segments_per_second=1)
    fill(ground, clinic, 60, priority=Priority.BULK)
    due_at = clock.now()
    paced_words(ground, carrier, clock, 10)
    clock.advance(timedelta(minutes=5))
    paced_words(ground, carrier, clock, 60)
    assert [text.to[-4:] for text in carrier.accepted] == [f"{number:04}" for number in range(60)]
    with ground.database.read() as session:
        assert set(session.scalars(select(Message.due_at))) == {due_at}


def test_what_the_carrier_puts_off_for_two_seconds_leaves_before_what_stood_behind_it(ground, carrier, clock, clinic):
    limit(ground, clinic, segments_per_second=1)
    fill(ground, clinic, 300, priority=Priority.BULK)
    put_off = []

    def once(outbound):
        if outbound.to.endswith("0004") and not put_off:
            put_off.append(outbound)
            raise TryLater(carrier_code="429", retry_after_s=2)

    carrier.mood = once
    paced_words(ground, carrier, clock, 20)
    assert "0004" in [text.to[-4:] for text in carrier.accepted]


def test_a_runner_that_polls_keeps_the_pace(ground, carrier, clock, clinic):
    limit(ground, clinic, segments_per_second=10)
    fill(ground, clinic, 300, priority=Priority.BULK)
    assert len(paced_words(ground, carrier, clock, 20, poll=4)) == 1 + 4 * 40


def test_a_claim_takes_no_more_of_a_paced_campaign_than_one_handful(ground, carrier, clock, clinic):
    """What the pace keeps back is not read and put back again and again."""
    limit(ground, clinic, segments_per_second=1)
    fill(ground, clinic, 500, priority=Priority.BULK)
    drain(ground)
    with ground.database.read() as session:
        touched = session.scalars(select(Message.id).where(Message.reason == "paced")).all()
    assert len(touched) < 40


def test_calls_and_other_numbers_do_not_wait_for_a_busy_one(carrier, clock, clinic, queue, second):
    of_other, ground = second
    others = [{"sender": "+13435550111", "carrier": "second"}]
    limit(ground, clinic, other_senders=[{**others[0], "segments_per_second": 1}], carriers={"sms": [carrier.name]})
    for number in range(3):
        queue(address=f"+1306555030{number}", priority=Priority.BULK, sender="+13435550111")
        queue(address=f"+1306555040{number}", priority=Priority.BULK)
    drain(ground)
    assert (len(of_other.accepted), len(carrier.accepted)) == (1, 3)


def test_a_text_for_another_number_than_foreseen_waits_a_moment(carrier, clock, clinic, queue, second):
    """Bound for a destination whose number is busy: the claim cannot know, and goes on with the others."""
    of_other, ground = second
    limit(
        ground, clinic, destinations={"US": {"sms": ["second"]}}, carriers={"sms": [carrier.name]},
        other_senders=[{"sender": "+13435550111", "carrier": "second", "segments_per_second": 1}],
    )  # fmt: skip
    for number in range(3):
        queue(address=f"+1212555030{number}", priority=Priority.BULK)
    drain(ground)
    assert len(of_other.accepted) == 1
    for _ in range(4):
        clock.advance(timedelta(seconds=16))
        drain(ground)
    assert len(of_other.accepted) == 3


@pytest.mark.parametrize("held_by", ["spend_cap", "carrier_sick"])
def test_part_two_does_not_leave_while_part_one_is_held_back(ground, carrier, clock, clinic, queue, held_by):
    """The cap has room for the short second part, not for the first: neither leaves today, both do tomorrow."""
    if held_by == "spend_cap":
        limit(ground, clinic, daily_segments=2)
    else:
        for _ in range(5):
            ground.breaker.note(carrier.name, worked=False, now=clock.machine_now())
    queue(body="x" * 400, conversation_id=7)
    queue(body="part two", conversation_id=7)
    drain(ground)
    drain(ground)
    assert carrier.texts == []
    limit(ground, clinic, daily_segments=10)
    for _ in range(4):
        clock.advance(timedelta(minutes=16))
        drain(ground)
    assert carrier.texts == ["x" * 400, "part two"]


def test_what_is_urgent_does_not_wait_for_a_part_the_cap_holds(ground, carrier, clinic, queue):
    limit(ground, clinic, daily_segments=2)
    queue(body="x" * 400, conversation_id=7, priority=Priority.REMINDER)
    drain(ground)
    queue(body="Call 911", conversation_id=7, priority=Priority.URGENT)
    drain(ground)
    assert carrier.texts == ["Call 911"]


def test_the_days_cap_holds_all_but_what_is_urgent(ground, carrier, clock, clinic, queue, message):
    limit(ground, clinic, daily_segments=3)
    fill(ground, clinic, 5)
    drain(ground)
    assert len(carrier.accepted) == 3
    held = queue(address="+13065559998", body="held")
    queue(address="+13065559999", body="urgent", priority=Priority.URGENT)
    queue(address="+13065559997", body="You will get no more texts.", needs_consent=False)
    drain(ground)
    assert carrier.texts[3:] == ["urgent", "You will get no more texts."]
    assert (message(held).state, message(held).reason, message(held).attempts) == ("pending", "spend_cap", 0)
    clock.advance(timedelta(hours=23, minutes=59))  # the next morning; the clinic's day has turned
    drain(ground)
    assert len(carrier.accepted) == 8


def test_what_the_carrier_puts_off_is_counted_once(ground, carrier, clock, clinic, queue, message):
    limit(ground, clinic, daily_segments=3)
    carrier.mood = failing(TryLater(carrier_code="429"))
    first = queue(address="+13065559991", body="first", priority=Priority.REMINDER)
    for _ in range(3):
        drain(ground)
        clock.advance(timedelta(minutes=1))
    carrier.mood = fine
    drain(ground)
    assert message(first).state == "accepted"
    for number in range(3):
        queue(address=f"+1306555980{number}", body="more", priority=Priority.REMINDER)
    drain(ground)
    assert len(carrier.accepted) == 3


def test_the_first_that_a_days_cap_holds_is_told_once(ground, carrier, clock, clinic, queue):
    limit(ground, clinic, daily_segments=1)
    fill(ground, clinic, 4)
    for _ in range(3):
        drain(ground)
        clock.advance(timedelta(minutes=16))
    with ground.database.read() as session:
        told = [event for event in session.scalars(select(Event)) if event.kind == "spend_cap_reached"]
    assert len(told) == 1
    with ground.database.write() as session:
        for _ in range(2):  # the event handled again is the same ticket
            open_ticket_for_held_texts(session, told[0], clock.now())
    with ground.database.read() as session:
        (ticket,) = session.scalars(select(Ticket)).all()
    assert (ticket.reason, ticket.details["why"]) == ("undelivered", "spend_cap")
    limit(ground, clinic, daily_segments=10)
    clock.advance(timedelta(minutes=16))
    drain(ground)
    assert len(carrier.accepted) == 4, "raised, they go on"

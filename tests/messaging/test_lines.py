"""Several carriers, several clinics: who carries, who is passed over, and whose turn it is."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from app.core.models import Clinic
from app.jobs.handle_events import handle_events
from app.messaging.drain import Pace, drain
from app.messaging.models import Message, MessageAttempt
from app.messaging.rules import Priority
from app.support.models import Ticket
from channels.errors import AccountRefused, CarrierUnreachable, OutcomeUnknown, PartlySent, Refused, TryLater
from tests.messaging.carrier import failing
from tests.messaging.people import fill, make_clinic


def choose(ground, clinic, **carriers):
    with ground.database.write() as session:
        session.get_one(Clinic, clinic).settings = {"carriers": carriers}


def test_a_clinics_own_choice_of_carrier_is_kept(ground, carrier, clinic, queue, second, message):
    other, ground = second
    choose(ground, clinic, sms=["second"])
    sent = queue()
    drain(ground)
    assert (carrier.texts, other.texts) == ([], ["Hello"])
    assert message(sent).carrier == "second"


DESTINATIONS = {"+1867": {"sms": ["second", "scripted"]}, "US": {"sms": ["second"]}, "+1867979": {"sms": ["scripted"]}}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        pytest.param("+13065550155", "scripted", id="no destination of its own"),
        pytest.param("+18678732255", "second", id="an area code"),
        pytest.param("+18679792255", "scripted", id="the longer beginning counts"),
        pytest.param("+12125550155", "second", id="a country"),
    ],
)
def test_where_a_text_goes_may_choose_who_carries_it(ground, clinic, queue, second, message, address, expected):
    _, ground = second
    with ground.database.write() as session:
        session.get_one(Clinic, clinic).settings = {"carriers": {"sms": ["scripted"]}, "destinations": DESTINATIONS}
    sent = queue(address=address)
    drain(ground)
    assert message(sent).carrier == expected


def test_a_destinations_carrier_that_is_sick_is_passed_over_and_has_its_texts_again_when_well(
    ground, carrier, clock, clinic, queue, second
):
    other, ground = second
    with ground.database.write() as session:
        session.get_one(Clinic, clinic).settings = {"destinations": {"+1306": {"sms": ["second", "scripted"]}}}
    other.mood = failing(CarrierUnreachable())
    fill(ground, clinic, 20)
    drain(ground)
    assert carrier.accepted
    assert not other.accepted
    other.mood = lambda _message: None
    clock.advance(timedelta(minutes=20))
    queue(address="+13065559900")
    drain(ground)
    for number in range(10):
        queue(address=f"+1306555980{number}")
    drain(ground)
    assert len(other.accepted) >= 10
    everything = [text.to for text in (*carrier.accepted, *other.accepted)]
    assert len(everything) == len(set(everything)) == 31, "each once, whoever carried it"


def test_a_text_nobody_knows_the_fate_of_does_not_go_by_another_carrier(ground, carrier, clock, clinic, queue, second):
    other, ground = second
    carrier.mood = failing(OutcomeUnknown())
    carrier.can_list = False
    sent = queue()
    drain(ground)
    for _ in range(5):
        ground.breaker.note("scripted", worked=False, now=ground.clock.machine_now())
    clock.advance(timedelta(minutes=1))
    drain(ground)
    assert other.accepted == []
    with ground.database.read() as session:
        assert session.get_one(Message, sent).state == "uncertain"


def test_a_text_taken_over_by_another_carrier_comes_from_its_own_number(ground, carrier, clock, clinic, queue, second):
    """A carrier cannot send from a number that is another carrier's; what is answered there is the clinic's too."""
    other, ground = second
    with ground.database.write() as session:
        row = session.get_one(Clinic, clinic)
        row.sender = "+13435550100"
        row.settings = {"other_senders": [{"sender": "80080", "carrier": "second"}]}
    for _ in range(5):
        ground.breaker.note("scripted", worked=False, now=ground.clock.machine_now())
    queue()
    drain(ground)
    clock.advance(timedelta(minutes=1))
    queue()
    drain(ground)
    assert ([text.sender for text in other.accepted], [text.sender for text in carrier.accepted]) == (
        ["80080"],
        ["+13435550100"],
    )


def test_a_carrier_that_keeps_failing_is_passed_over(ground, carrier, clinic, queue, second):
    other, ground = second
    carrier.mood = failing(CarrierUnreachable())
    fill(ground, clinic, 40)
    drain(ground)
    assert len(other.accepted) == 40
    with ground.database.read() as session:
        tried = session.scalars(select(MessageAttempt).where(MessageAttempt.carrier == carrier.name)).all()
    assert len(tried) <= 20, "a few failures, those already under way, and then it is left alone"


@pytest.mark.parametrize("error", [CarrierUnreachable(), AccountRefused(), TryLater()])
def test_one_text_of_a_quiet_clinic_does_not_wait_for_a_carrier_to_be_called_sick(
    ground, carrier, clock, queue, second, message, error
):
    """Five failures in a row close a line; one text alone never makes them before the line is tried again."""
    other, ground = second
    carrier.mood = failing(error)
    sent = queue()
    for _ in range(4):
        drain(ground)
        if message(sent).state == "accepted":
            break
        clock.at = max(message(sent).due_at, clock.now()) + timedelta(seconds=1)
    assert (message(sent).state, message(sent).carrier) == ("accepted", "second")
    assert len(other.accepted) == 1


def test_where_no_carrier_is_of_use_all_are_asked_in_turn_and_none_without_a_pause(
    ground, carrier, clock, queue, second, message
):
    other, ground = second
    carrier.mood = other.mood = failing(AccountRefused(carrier_code="21408"))
    sent = queue()
    for _ in range(6):
        drain(ground)
        clock.at = max(message(sent).due_at, clock.now()) + timedelta(seconds=1)
    with ground.database.read() as session:
        tries = session.scalars(select(MessageAttempt).order_by(MessageAttempt.number)).all()
    assert [each.carrier for each in tries] == ["scripted", "second"] * (len(tries) // 2)
    gaps = [later.started_at - earlier.started_at for earlier, later in pairwise(tries)]
    assert all(gap >= timedelta(minutes=5) for gap in gaps[1::2])


def test_our_own_number_refused_does_not_make_the_carrier_sick_for_other_clinics(
    ground, carrier, clock, clinic, queue, message
):
    with ground.database.write() as session:
        refused = make_clinic(session, slug="refused", sender="+13435550199").id

    def mood(text):
        if text.sender == "+13435550199":
            raise AccountRefused(carrier_code="21606")

    carrier.mood = mood
    fill(ground, refused, 20, priority=Priority.REMINDER)
    drain(ground)
    sent = queue()
    drain(ground)
    assert message(sent).state == "accepted"


def test_an_account_that_is_refused_is_a_ticket_a_day_and_carrier(ground, carrier, clock, clinic):
    carrier.mood = failing(AccountRefused(carrier_code="21606"))
    fill(ground, clinic, 6)
    for _ in range(3):
        drain(ground)
        handle_events(ground)
        clock.advance(timedelta(minutes=6))
    with ground.database.read() as session:
        (ticket,) = session.scalars(select(Ticket)).all()
    assert (ticket.reason, ticket.details["why"]) == ("undelivered", "account_refused")


def test_a_flat_no_ends_the_text_at_once_with_the_carriers_own_reason(ground, carrier, queue, message):
    carrier.mood = failing(Refused(carrier_code="0x00000066"))
    sent = queue()
    drain(ground)
    assert (message(sent).state, message(sent).reason, message(sent).attempts) == ("undelivered", "0x00000066", 1)


def test_a_sick_carrier_without_another_is_left_alone_and_tried_again(ground, carrier, clock, clinic):
    carrier.mood = failing(TryLater())
    fill(ground, clinic, 40)
    done = drain(ground)
    assert done.put_off <= 20, "the breaker opens within twenty failures"
    carrier.mood = lambda _message: None
    for _ in range(8):
        clock.advance(timedelta(seconds=40))
        drain(ground)
    assert len(carrier.accepted) == 40


def test_a_text_begun_with_one_carrier_is_finished_with_it(ground, carrier, clock, clinic, queue, second):
    other, ground = second
    carrier.mood = failing(PartlySent(("A",), TryLater()))
    queue()
    drain(ground)
    carrier.mood = lambda _message: None
    choose(ground, clinic, sms=["second", "scripted"])
    clock.advance(timedelta(minutes=1))
    drain(ground)
    assert (len(carrier.accepted), len(other.accepted)) == (1, 0)


def test_a_small_clinic_does_not_wait_for_a_large_ones_campaign(ground, carrier, clock, clinic):
    with ground.database.write() as session:
        small = make_clinic(session, slug="small").id
    fill(ground, clinic, 300)
    clock.advance(timedelta(minutes=1))
    fill(ground, small, 10, first=5000)
    drain(ground, limit=60, pace=Pace(threads=4))
    assert carrier.texts.count(str(small)) == 10
    drain(ground)
    assert len(carrier.texts) == 310


def test_what_one_clinic_does_not_use_the_others_get(ground, carrier, clinic):
    with ground.database.write() as session:
        small = make_clinic(session, slug="small").id
    fill(ground, clinic, 50)
    fill(ground, small, 2, first=5000)
    assert drain(ground, limit=52).accepted == 52


def test_a_reply_overtakes_a_campaign_under_way(ground, carrier, clinic, queue):
    fill(ground, clinic, 100)

    def answer_after_ten(_message):
        if len(carrier.accepted) == 10 and "reply" not in seen:
            seen.append("reply")
            queue(address="+13065559999", body="reply")

    seen = []
    carrier.mood = answer_after_ten
    drain(ground, pace=Pace(threads=2))
    assert carrier.texts.index("reply") < 20

"""The ladder's second text: from another number by another carrier, when the first did not arrive; its cost cap."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.conversations.hear_text import hear_text
from app.core.models import Clinic
from app.messaging.models import Message
from app.patients.models import ContactPoint
from app.patients.store import address_index
from app.support.models import Ticket
from channels.base import CallOutcome, InboundMessage
from channels.simulator.network import PhoneBehaviour
from tests.beds.small_clinic import open_small_clinic
from tests.beds.statements import counted
from tests.messaging.carrier import ScriptedCarrier
from tests.pathways.test_reminders import PHONE, START, booked, rungs, steps

OTHER = "+13435550111"
SPARE = "+13065550199"


@pytest.fixture
def second() -> ScriptedCarrier:
    return ScriptedCarrier(name="second")


@pytest.fixture
def clinic(database, clock, second):
    clinic = open_small_clinic(database, clock)
    clinic.ground = replace(clinic.ground, carriers={**clinic.ground.carriers, "second": second.built()})
    told(clinic, carriers={"sms": ["simulator"]}, other_senders=[{"sender": OTHER, "carrier": "second"}])
    return clinic


def told(clinic, **settings):
    with clinic.ground.database.write() as session:
        row = session.get_one(Clinic, clinic.clinic_id)
        row.settings = {**row.settings, **settings}


def also_at(clinic, number, **values):
    """The clinic's one patient has this number too."""
    (patient_id,) = {row.patient_id for row in clinic.rows(ContactPoint)}
    with clinic.ground.database.write() as session:
        session.add(
            ContactPoint(
                clinic_id=clinic.clinic_id, patient_id=patient_id, system="phone", address=number, rank=5,
                address_index=address_index(number), created_at=clinic.clock.now(), **values,
            )
        )  # fmt: skip


def test_a_text_that_did_not_arrive_goes_once_more_from_the_other_number(clinic, second):
    booked(clinic)
    clinic.behave(PHONE, PhoneBehaviour.SWITCHED_OFF)
    clinic.at(START - timedelta(days=3))
    clinic.tick()
    assert rungs(clinic) == [("sms", "first"), ("other_sender", "undelivered")]
    (text,) = second.accepted
    assert (text.to, text.sender) == (PHONE, OTHER)
    clinic.pass_time(timedelta(hours=5))
    assert rungs(clinic)[2] == ("voice", "no_answer"), "then the phone rings"


def test_a_text_that_arrived_is_not_repeated_from_another_number(clinic, second):
    booked(clinic)
    clinic.at(START - timedelta(days=3))
    clinic.pass_time(timedelta(hours=24))
    assert rungs(clinic) == [("sms", "first"), ("voice", "no_answer")]
    assert second.accepted == []


def test_only_from_the_second_rung_on_is_asked_what_was_climbed_before(clinic, database):
    booked(clinic)
    clinic.at(START - timedelta(days=3))
    with counted(database) as first:
        clinic.tick()
    with counted(database) as later:
        clinic.pass_time(timedelta(hours=24))
    assert rungs(clinic) == [("sms", "first"), ("voice", "no_answer")]
    assert not [each for each in first if "JOIN rung" in each], "there is nothing before the first"
    assert [each for each in later if "JOIN rung" in each]


def test_what_is_written_to_the_other_number_is_the_clinics_and_answered_from_it(clinic, second, database):
    with database.write() as session:
        session.add(Clinic(slug="elsewhere", name="Elsewhere", zone="America/Toronto", locale="en-CA", settings={}))
    booked(clinic)
    clinic.behave(PHONE, PhoneBehaviour.SWITCHED_OFF)
    clinic.at(START - timedelta(days=3))
    clinic.tick()
    inbound = InboundMessage("second", "C-1", PHONE, OTHER, "1", clinic.clock.now())

    assert hear_text(clinic.ground, "second", inbound).is_new
    clinic.tick()
    assert [text.sender for text in second.accepted] == [OTHER, OTHER]
    assert clinic.rows(Message, direction="outbound")[-1].state == "accepted"


def test_a_ladder_that_would_cost_too_much_goes_to_a_person(clinic):
    told(clinic, ladder_cap=5, costs={"sms": 1, "voice": 5})
    booked(clinic)
    clinic.at(START - timedelta(days=3))
    clinic.pass_time(timedelta(hours=24))
    assert rungs(clinic) == [("sms", "first"), ("ticket", "cost_cap")]
    assert [ticket.details["why"] for ticket in clinic.rows(Ticket)] == ["cost_cap"]
    assert clinic.calls(PHONE) == []


def test_the_number_that_failed_last_is_not_the_next_choice(clinic):
    """Two phones: the first did not get its text, so the call goes to the other."""
    told(clinic, other_senders=[])
    booked(clinic)
    also_at(clinic, SPARE)
    clinic.behave(PHONE, PhoneBehaviour.SWITCHED_OFF)
    clinic.at(START - timedelta(days=3))
    clinic.tick()
    assert rungs(clinic) == [("sms", "first"), ("voice", "undelivered")]
    assert (clinic.calls(PHONE), len(clinic.calls(SPARE))) == ([], 1)


@pytest.mark.parametrize("outcome", [CallOutcome.NO_ANSWER, CallOutcome.BUSY, CallOutcome.FAILED])
def test_a_call_that_nobody_took_does_not_send_the_next_text_to_another_phone(clinic, outcome):
    """The other phone may be a relative's."""
    booked(clinic)
    also_at(clinic, SPARE)
    clinic.at(START - timedelta(days=3))
    clinic.pass_time(timedelta(hours=24))
    (call,) = clinic.calls(PHONE)
    clinic.network.change_call(call, outcome)
    clinic.pass_time(timedelta(minutes=1))
    clinic.at(START - timedelta(hours=2))
    assert (len(clinic.texts(PHONE)), clinic.texts(SPARE)) == (2, [])


def test_stop_on_one_phone_sends_the_call_to_the_other(clinic):
    told(clinic, other_senders=[])
    booked(clinic)
    also_at(clinic, SPARE)
    clinic.at(START - timedelta(days=3))
    clinic.text(PHONE, "STOP")
    clinic.pass_time(timedelta(hours=24))
    assert rungs(clinic) == [("sms", "first"), ("voice", "no_answer")]
    assert (clinic.calls(PHONE), len(clinic.calls(SPARE))) == ([], 1)


def test_stop_on_the_only_phone_that_takes_texts_leaves_the_call_to_the_landline(clinic):
    booked(clinic)
    also_at(clinic, SPARE, is_landline=True)
    clinic.text(PHONE, "STOP")
    clinic.at(START - timedelta(days=3))
    assert rungs(clinic) == [("voice", "opted_out")]
    assert (clinic.calls(PHONE), len(clinic.calls(SPARE))) == ([], 1)


def test_stop_that_takes_back_the_call_leaves_a_person_where_another_phone_is_open(clinic):
    told(clinic, other_senders=[], carriers={"sms": ["simulator"], "voice": ["away"]})
    booked(clinic)
    clinic.at(START - timedelta(days=3))
    clinic.pass_time(timedelta(hours=24))
    also_at(clinic, SPARE)
    clinic.text(PHONE, "STOP")
    assert rungs(clinic)[1:] == [("voice", "no_answer"), ("ticket", "opted_out")]


def test_stop_on_every_phone_ends_the_step(clinic):
    booked(clinic)
    also_at(clinic, SPARE)
    for number in (PHONE, SPARE):
        clinic.text(number, "STOP")
    clinic.at(START - timedelta(days=3))
    assert steps(clinic)["three_days"] == ("skipped", "opted_out")
    assert clinic.rows(Ticket) == []

"""Trip d: the tick claims what is due, looks again, climbs the ladder: text, call, person."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.messaging.models import Message
from app.pathways.models import DueStep, Rung
from app.support.models import Ticket
from channels.base import CallOutcome
from tests.trips.conftest import Town

PHONE = "+13065550155"
START = datetime(2026, 12, 10, 14, 0, tzinfo=ZoneInfo("America/Toronto"))


def test_from_booking_to_text_to_call_to_person_with_every_end_recorded(town: Town):
    clinic = town.clinic
    clinic.book(clinic.patient(PHONE), START)
    clinic.tick()
    clinic.at(START - timedelta(days=3))
    clinic.tick()
    (reminder,) = clinic.rows(Message)
    assert (reminder.state, reminder.purpose) == ("delivered", "reminder")
    clinic.at(START - timedelta(days=2))
    (call,) = clinic.calls(PHONE)
    clinic.network.change_call(call, CallOutcome.NO_ANSWER)
    clinic.tick()
    assert [(rung.action, rung.reason) for rung in clinic.rows(Rung)] == [
        ("sms", "first"), ("voice", "no_answer"), ("ticket", "undelivered"),
    ]  # fmt: skip
    assert [ticket.reason for ticket in clinic.rows(Ticket)] == ["ladder_ran_out"]
    clinic.at(START - timedelta(hours=2))
    clinic.tick()
    clinic.at(START)
    assert {step.step: (step.state, step.reason) for step in clinic.rows(DueStep)} == {
        "three_days": ("sent", "ladder_ran_out"),
        "two_hours": ("sent", "delivered"),
    }


def test_a_number_that_takes_no_texts_is_called_at_once(town: Town):
    from channels.simulator.network import PhoneBehaviour

    town.clinic.book(town.clinic.patient(PHONE), START)
    town.clinic.tick()
    town.clinic.behave(PHONE, PhoneBehaviour.LANDLINE)
    town.clinic.at(START - timedelta(days=3))
    town.clinic.tick(4)
    assert len(town.clinic.calls(PHONE)) == 1

"""Trip b: the caller waits, the whole turn happens in the request, the URL carries the turn."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.appointments.models import Appointment
from app.messaging.models import Message
from app.support.models import Ticket
from tests.beds.small_clinic import SENDER
from tests.trips.conftest import Town

PHONE = "+13065550155"
START = datetime(2026, 12, 10, 14, 0, tzinfo=ZoneInfo("America/Toronto"))


def said(answer) -> str:
    return " ".join(each["text"] for each in answer.json["says"])


def test_a_call_is_placed_answered_and_its_key_taken_once(town: Town):
    town.clinic.book(town.clinic.patient(PHONE, is_landline=True), START)
    town.clinic.tick()
    town.clinic.at(START - timedelta(days=3))
    (call,) = town.clinic.calls(PHONE)
    handset = town.phone(PHONE)
    prompt = town.knock(handset.pick_up(call))
    assert prompt.status_code == 200
    assert "The appointment is Thursday, December 10 at 2:00 p.m." in said(prompt)
    keys_url = prompt.json["keys_url"]
    assert "turn=0" in keys_url
    done = town.knock(handset.press(call, "2", keys_url=keys_url))
    assert "contact you to find another time" in said(done)
    before = [len(town.clinic.rows(model)) for model in (Message, Ticket)]
    again = town.knock(handset.press(call, "3", keys_url=keys_url))
    assert again.json == done.json
    assert [len(town.clinic.rows(model)) for model in (Message, Ticket)] == before
    assert town.clinic.rows(Appointment)[0].reply == "wants_move"


def test_a_caller_is_heard_too_and_may_ask_for_a_person(town: Town):
    town.clinic.patient(PHONE, locale="fr-CA")
    handset = town.phone(PHONE)
    prompt = town.knock(handset.dial("IN-1", recipient=SENDER))
    assert said(prompt).startswith("Bonjour. Ici Pine Narrows Health Centre.")
    done = town.knock(handset.press("IN-1", "9", keys_url=prompt.json["keys_url"]))
    assert "Une personne vous rappellera." in said(done)
    assert [ticket.reason for ticket in town.clinic.rows(Ticket)] == ["call_back"]

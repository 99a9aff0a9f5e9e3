"""Trip a: signature, parse, store once, turn, reply queued in one commit, 200, deliver, receipt."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.appointments.models import Appointment
from app.core.models import Clinic, Event
from app.messaging.models import Message
from channels.simulator.signing import HEADER
from tests.beds.small_clinic import SENDER
from tests.messaging.people import make_clinic
from tests.trips.conftest import Town

PHONE = "+13065550155"
START = datetime(2026, 12, 10, 14, 0, tzinfo=ZoneInfo("America/Toronto"))


@pytest.fixture
def reminded(town: Town) -> Town:
    town.clinic.book(town.clinic.patient(PHONE, locale="fr-CA"), START)
    town.clinic.tick()
    town.clinic.at(START - timedelta(days=3))
    return town


def test_a_text_to_a_number_that_is_no_clinics_waits_at_the_carrier_until_it_is_one(town):
    """On a server with several clinics. The carrier brings it again and shows it as failing."""
    with town.clinic.ground.database.write() as session:
        make_clinic(session, slug="south", sender="+13435550199")
    request = town.phone(PHONE).text("SM-nobodys", "STOP", recipient="+13435550177")
    assert [town.knock(request).status_code for _ in range(2)] == [503, 503]
    assert town.clinic.rows(Message) == []
    with town.clinic.ground.database.write() as session:
        session.get_one(Clinic, town.clinic.clinic_id).sender = "+13435550177"
    assert town.knock(request).status_code == 200
    assert [message.body for message in town.clinic.rows(Message, direction="inbound")] == ["STOP"]


def test_a_text_is_answered_200_only_once_it_and_its_reply_are_committed(reminded):
    assert reminded.text(PHONE, "oui").status_code == 200
    inbound, reply = reminded.clinic.rows(Message)[-2:]
    assert (inbound.direction, inbound.state, inbound.body) == ("inbound", "handled", "oui")
    assert (reply.direction, reply.state) == ("outbound", "pending")
    assert reminded.clinic.rows(Appointment)[0].reply == "confirmed"
    reminded.clinic.tick(4)
    assert reminded.clinic.texts(PHONE)[-1].startswith("Merci. On vous attend le jeudi 10 décembre")
    assert reminded.clinic.rows(Message, id=reply.id)[0].state == "delivered"


def test_the_same_webhook_again_gets_the_same_answer_and_changes_nothing(reminded):
    first = reminded.text(PHONE, "2", message_id="SM-same")
    before = [len(reminded.clinic.rows(model)) for model in (Message, Event)]
    again = reminded.text(PHONE, "2", message_id="SM-same")
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert [len(reminded.clinic.rows(model)) for model in (Message, Event)] == before


@pytest.mark.parametrize("signature", ["", "0" * 64])
def test_an_unsigned_text_is_refused_before_anything_is_kept(reminded, signature):
    request = reminded.phone(PHONE).text("SM-forged", "3", recipient=SENDER)
    forged = replace(request, headers={**request.headers, HEADER: signature})
    before = len(reminded.clinic.rows(Message))
    assert reminded.knock(forged).status_code == 403
    assert len(reminded.clinic.rows(Message)) == before


def test_stop_beats_everything(reminded):
    assert reminded.text(PHONE, "Arrêt").status_code == 200
    reminded.clinic.tick()
    assert reminded.clinic.texts(PHONE)[-1].startswith("Vous ne recevrez plus de textos")
    reminded.clinic.at(START - timedelta(hours=2))
    assert len(reminded.clinic.texts(PHONE)) == 2

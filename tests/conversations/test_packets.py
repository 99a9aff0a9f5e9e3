"""An offline page sent late: once, merged per answer, with a receipt that names its hash."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta

import pytest

from app.conversations.accept_packet import accept_packet
from app.conversations.models import Conversation
from app.core.clock import FrozenClock
from app.core.database import Database
from app.core.errors import Conflict, ShapeWrong
from app.core.models import AuditEvent, Event
from app.intake.models import Answer, Packet, Response
from app.patients.models import Link
from app.support.models import Ticket
from tests.beds.small_clinic import SmallClinic, open_small_clinic
from tests.conversations.test_page import PHONE, send_link

WHOLE = {
    "overall": "better", "breathing": "none", "chest-pain": False, "confused": False, "fever": False, "pain": 2,
    "drinking": True, "medicine": True, "call-back": False,
}  # fmt: skip


MANY = json.dumps(
    {"client": "a", "sequence": 1, "sent_at": "2026-12-01T15:00:00Z",
     "answers": [{"path": "a", "value": 1, "at": "2026-12-01T15:00:00Z"}] * 2001}
).encode()  # fmt: skip


@pytest.fixture
def clinic(database: Database, clock: FrozenClock) -> SmallClinic:
    return open_small_clinic(database, clock, has_library=True)


def packet(
    clinic: SmallClinic,
    answers: dict[str, object],
    *,
    at: datetime | None = None,
    sequence: int = 1,
    final: bool = False,
    skew: timedelta = timedelta(),
    client: str = "phone-1",
) -> bytes:
    """What the phone sends now; `skew` is how far its clock is ahead."""
    at = at or clinic.clock.at
    said = {
        "client": client, "sequence": sequence, "sent_at": (clinic.clock.at + skew).isoformat(), "final": final,
        "answers": [{"path": p, "value": v, "at": (at + skew).isoformat()} for p, v in answers.items()],
    }  # fmt: skip
    return json.dumps(said).encode()


def kept(clinic: SmallClinic) -> dict[str, object]:
    return {each.path: each.value for each in clinic.rows(Answer, state="current")}


def test_two_days_offline_then_one_packet_one_receipt_one_response(clinic):
    link = send_link(clinic)
    filled_at = clinic.clock.at
    clinic.pass_time(timedelta(days=2))
    body = packet(clinic, WHOLE, at=filled_at, final=True)
    receipt = accept_packet(clinic.ground, link, body)
    assert receipt["hash"] == hashlib.sha256(body).hexdigest()
    assert receipt["status"] == "completed"
    assert sorted(receipt["kept"]) == sorted(WHOLE)
    (response,) = clinic.rows(Response)
    assert receipt["code"] == response.receipt_code
    assert {each.answered_at for each in clinic.rows(Answer)} == {filled_at}
    assert {each.received_at for each in clinic.rows(Answer)} == {clinic.clock.at}
    assert len(clinic.rows(Event, kind="response_completed")) == 1


def test_the_same_packet_again_changes_nothing_and_gets_the_same_receipt(clinic):
    link = send_link(clinic)
    body = packet(clinic, {**WHOLE, "chest-pain": True}, final=True)
    first = accept_packet(clinic.ground, link, body)
    tables = (Answer, Packet, Ticket, Event, Conversation, AuditEvent)
    before = [len(clinic.rows(model)) for model in tables]
    clinic.pass_time(timedelta(hours=5))
    assert accept_packet(clinic.ground, link, body) == first
    assert [len(clinic.rows(model)) for model in tables] == before
    (change,) = clinic.rows(AuditEvent, action="changed", object_kind="response")
    assert change.details["answers"] == len(WHOLE)


def test_other_answers_under_the_same_number_are_refused(clinic):
    link = send_link(clinic)
    accept_packet(clinic.ground, link, packet(clinic, {"overall": "better"}))
    with pytest.raises(Conflict):
        accept_packet(clinic.ground, link, packet(clinic, {"overall": "worse"}))
    assert kept(clinic) == {"overall": "better"}


def test_the_newer_answer_wins_per_question_and_the_loser_is_kept(clinic):
    link = send_link(clinic)
    offline_at = clinic.clock.at
    clinic.pass_time(timedelta(hours=1))
    clinic.text(PHONE, "hello")
    clinic.text(PHONE, "worse")
    clinic.pass_time(timedelta(hours=1))
    receipt = accept_packet(clinic.ground, link, packet(clinic, {"overall": "better", "pain": 4}, at=offline_at))
    assert receipt["lost"] == ["overall"]
    assert kept(clinic) == {"overall": "worse", "pain": 4}
    loser = next(each for each in clinic.rows(Answer, path="overall") if each.channel == "web")
    assert (loser.value, loser.state, loser.reason) == ("better", "superseded", "older")


@pytest.mark.parametrize("skew", [timedelta(days=400), timedelta(hours=-5), timedelta(days=-10_000)])
def test_a_phone_whose_clock_is_wrong_is_corrected(clinic, skew):
    link = send_link(clinic)
    accept_packet(clinic.ground, link, packet(clinic, {"overall": "better"}, skew=skew))
    (answer,) = clinic.rows(Answer)
    assert answer.answered_at == clinic.clock.at
    assert answer.device_at == clinic.clock.at + skew


def test_a_question_that_no_longer_applies_is_set_aside_not_lost(clinic):
    link = send_link(clinic)
    accept_packet(clinic.ground, link, packet(clinic, {"fever": True, "temperature": {"value": 39, "unit": "Cel"}}))
    clinic.pass_time(timedelta(minutes=5))
    accept_packet(clinic.ground, link, packet(clinic, {"fever": False}, sequence=2))
    (temperature,) = clinic.rows(Answer, path="temperature")
    assert (temperature.state, temperature.reason) == ("set_aside", "not_asked")


def test_an_answer_taken_back_is_set_aside(clinic):
    link = send_link(clinic)
    accept_packet(clinic.ground, link, packet(clinic, {"pain": 3}))
    clinic.pass_time(timedelta(minutes=5))
    accept_packet(clinic.ground, link, packet(clinic, {"pain": None}, sequence=2))
    (pain,) = clinic.rows(Answer, path="pain")
    assert (pain.state, pain.reason) == ("set_aside", "cleared")


def test_a_red_flag_found_offline_reaches_a_person_and_is_told_in_the_receipt(clinic):
    link = send_link(clinic, "fr-CA")
    receipt = accept_packet(clinic.ground, link, packet(clinic, {"chest-pain": True}))
    assert receipt["told"] == [
        "Appelez le 911 ou votre centre de santé maintenant. Une personne de la clinique est prévenue."
    ]
    assert [ticket.urgency for ticket in clinic.rows(Ticket)] == ["urgent"]


def test_every_later_receipt_says_again_what_a_red_flag_said_to_do(clinic):
    link = send_link(clinic)
    first = accept_packet(clinic.ground, link, packet(clinic, {"chest-pain": True}))
    last = accept_packet(clinic.ground, link, packet(clinic, {"overall": "worse"}, sequence=2, final=True))
    assert last["told"] == first["told"] != []


def test_sent_with_answers_missing_says_which(clinic):
    link = send_link(clinic)
    receipt = accept_packet(clinic.ground, link, packet(clinic, {"overall": "better"}, final=True))
    assert receipt["status"] == "in-progress"
    assert "breathing" in receipt["missing"]


def test_what_the_form_cannot_take_is_named_and_the_rest_kept(clinic):
    link = send_link(clinic)
    said = {"overall": "no such choice", "nothing": 1, "pain": 5, "fever": "perhaps"}
    receipt = accept_packet(clinic.ground, link, packet(clinic, said))
    assert sorted(receipt["refused"]) == ["fever", "nothing", "overall"]
    assert kept(clinic) == {"pain": 5}


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"client":"a"}',
        b'{"client":"","sequence":1,"sent_at":"2026-12-01T15:00:00Z","answers":[]}',
        b'{"client":"a","sequence":-1,"sent_at":"2026-12-01T15:00:00Z","answers":[]}',
        b'{"client":"a","sequence":1,"sent_at":"yesterday","answers":[]}',
        b'{"client":"a","sequence":1,"sent_at":"0001-01-01T00:00:00+14:00","answers":[]}',
        b'{"client":"a","sequence":1,"sent_at":"2026-12-01T15:00:00Z","answers":[{"path":"pain"}]}',
        MANY,
    ],
)  # fmt: skip
def test_what_is_no_packet_is_refused_and_nothing_changes(clinic, body):
    link = send_link(clinic)
    with pytest.raises(ShapeWrong):
        accept_packet(clinic.ground, link, body)
    assert clinic.rows(Answer) == []


def test_a_link_without_a_form_takes_no_packet(clinic):
    link = send_link(clinic)
    other = Link(clinic_id=link.clinic_id, patient_id=link.patient_id, token_hash="x", purpose="home", locale="en",
                 created_at=clinic.clock.at, expires_at=clinic.clock.at)  # fmt: skip
    with pytest.raises(Exception, match="not_found"):
        accept_packet(clinic.ground, other, packet(clinic, {"overall": "better"}))

"""Trip c: the link opened, filled without a network, sent two days later; the receipt lets the phone forget."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

from app.conversations.accept_packet import accept_packet
from app.conversations.send_form import send_form
from app.intake.models import Answer, Response
from app.patients.models import Link, Patient
from tests.trips.conftest import Town

PHONE = "+13065550155"
BIRTH = {"birth.y": "1980", "birth.m": "5", "birth.d": "17"}
WHOLE = {
    "overall": "better", "breathing": "none", "chest-pain": False, "confused": False, "fever": False, "pain": 2,
    "drinking": True, "medicine": True, "call-back": False,
}  # fmt: skip


def send_link(town: Town) -> str:
    """The path of the page that was texted."""
    patient_id = town.clinic.patient(PHONE)
    with town.clinic.ground.database.write() as session:
        send_form(
            session, session.get_one(Patient, patient_id), "symptom-check-in", channel="web", key="trip",
            now=town.clinic.clock.now(), public_url=town.clinic.ground.public_url,
        )  # fmt: skip
    town.clinic.tick()
    return "/p/" + town.clinic.texts(PHONE)[-1].partition("/p/")[2].split()[0]


def test_the_page_shows_nothing_before_the_birth_date_and_takes_the_whole_form_without_script(town: Town):
    path = send_link(town)
    closed = town.client.get(path, base_url="http://clinic.test").text
    assert "birth.y" in closed
    assert "breathing" not in closed
    opened = town.client.post(path, data=BIRTH, base_url="http://clinic.test", follow_redirects=True).text
    assert "trouble breathing" in opened
    section = opened.partition('name="section" value="')[2].partition('"')[0]
    fields = {name: str(value).lower() for name, value in WHOLE.items()}
    done = town.client.post(path, data={**fields, "section": section, "finish": "1"}, base_url="http://clinic.test")
    (response,) = town.clinic.rows(Response)
    assert response.status == "completed"
    assert response.receipt_code in done.text


def test_two_days_without_a_network_then_one_packet_and_its_receipt(town: Town):
    send_link(town)
    (link,) = town.clinic.rows(Link)
    filled_at = town.clinic.clock.at
    town.clinic.pass_time(timedelta(days=2))
    body = json.dumps(
        {
            "client": "phone", "sequence": 1, "sent_at": town.clinic.clock.at.isoformat(), "final": True,
            "answers": [{"path": p, "value": v, "at": filled_at.isoformat()} for p, v in WHOLE.items()],
        }
    ).encode()  # fmt: skip
    receipts = [accept_packet(town.clinic.ground, link, body) for _ in range(2)]
    assert receipts[0] == receipts[1]
    assert receipts[0]["hash"] == hashlib.sha256(body).hexdigest()
    assert receipts[0]["status"] == "completed"
    assert len(town.clinic.rows(Answer)) == len(WHOLE)
    assert {answer.answered_at for answer in town.clinic.rows(Answer)} == {filled_at}

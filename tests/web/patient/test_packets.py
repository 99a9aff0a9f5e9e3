"""Packets over the web: who may send one, how often it counts, and what everything a first visit moves weighs."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest

from app.core.models import Clinic
from app.intake.models import Answer, Packet
from app.intake.publish_questionnaire import publish_questionnaire
from bench.intake_form import questionnaire
from tests.web.patient.conftest import BORN, SMALL, size_of
from tests.web.patient.test_budget import KB_14, form_of

STATUS_LINE = 90  # and what the server in front adds: its name, the date


def packet(clinic, answers: dict[str, object], **said: object) -> bytes:
    sent_at = clinic.clock.at.isoformat()
    return json.dumps({"client": "abc", "sequence": 1, "sent_at": sent_at, "answers": answers, **said}).encode()


def post(visitor, body: bytes, **headers: str):
    return visitor.client.post(visitor.path + "/packet", data=body, content_type="application/json", headers=headers)


def test_a_browser_that_has_not_proved_who_it_is_is_told_so(clinic, visit):
    assert post(visit(), packet(clinic, {"overall": "better"})).status_code == 401
    assert clinic.rows(Answer) == []


def test_an_ended_link_takes_no_packet(clinic, visit):
    visitor = visit()
    visitor.prove()
    clinic.clock.at += timedelta(days=15)
    assert post(visitor, packet(clinic, {"overall": "better"})).status_code == 410


def test_the_same_packet_ten_times_is_stored_once_and_gets_one_receipt(clinic, visit):
    visitor = visit()
    visitor.prove()
    body = packet(clinic, {"overall": "better", "pain": 2})
    receipts = [post(visitor, body).json for _ in range(10)]
    assert receipts[0]["hash"] == hashlib.sha256(body).hexdigest()
    assert receipts == [receipts[0]] * 10
    assert len(clinic.rows(Packet)) == 1
    assert {each.path: each.value for each in clinic.rows(Answer)} == {"overall": "better", "pain": 2}


def test_an_answer_is_as_old_as_the_phone_says_however_long_the_packet_waited(clinic, visit):
    visitor = visit()
    visitor.prove()
    made_at = clinic.clock.at
    body = packet(clinic, {"overall": "better"}, ages={"overall": 600})
    clinic.clock.at += timedelta(hours=3)
    post(visitor, body, **{"Sent-At": clinic.clock.at.isoformat()})
    (answer,) = clinic.rows(Answer)
    assert answer.answered_at == made_at - timedelta(minutes=10)


def test_a_newer_version_of_the_form_does_not_hurt_a_draft_of_the_older_one(clinic, visit):
    visitor = visit("changing", resource=form_of(3))
    visitor.prove()
    with clinic.ground.database.write() as session:
        home = session.get_one(Clinic, clinic.clinic_id)
        newer = {**form_of(1), "title": "Newer"}
        publish_questionnaire(session, home, newer, name="changing", now=clinic.clock.now())
    answers = {f"q{n}": True for n in range(3)}
    assert post(visitor, packet(clinic, answers, final=True)).json["status"] == "completed"
    assert {each.path: each.value for each in clinic.rows(Answer)} == answers


def test_twenty_answers_are_sent_in_at_most_400_bytes(clinic, visit):
    visitor = visit("twenty", resource=form_of(20))
    visitor.prove()
    answers = {f"q{n}": n % 2 == 0 for n in range(20)}
    body = packet(clinic, answers, final=True).replace(b", ", b",").replace(b": ", b":")
    assert len(body) <= 400
    assert post(visitor, body).json["status"] == "completed"


@pytest.mark.parametrize(
    ("resource", "most_bytes"),
    [(form_of(20), 12_200), (questionnaire(), 12_800)],  # 14,000 is the budget; never let it creep back
    ids=["20-questions", "22-with-conditions"],
)
def test_a_first_visit_moves_little_in_all_headers_too(visit, resource, most_bytes):
    """Everything until the form works without a network: the question who opens it, the form, scripts, the worker."""
    visitor = visit("twenty", resource=resource)
    question = visitor.get(headers=SMALL)
    proved = visitor.post(BORN, headers=SMALL)
    form = visitor.client.get(proved.location, headers=SMALL)
    loaded = [part.partition('"')[0] for part in visitor.get("?new=1").text.split('<script src="')[1:]]
    scripts = [visitor.client.get(url, headers=SMALL) for url in (*loaded, "/sw.js")]
    assert all(each.status_code == 200 for each in scripts)
    assert sum(map(size_of, (question, form, *scripts))) <= KB_14
    moved = [len(each.data) + len(str(each.headers)) + STATUS_LINE for each in (question, proved, form, *scripts)]
    assert sum(moved) <= most_bytes


def test_tier_two_comes_only_after_the_first_answer(visit):
    """The worker that sends on its own, the manifest, the icon: nothing a first look moves."""
    text = visit().prove().text
    assert "webmanifest" not in text.partition("<script")[0]
    assert "send=1" not in text


def test_scripts_are_named_by_their_content_and_kept_for_good(visit):
    visitor = visit()
    page = visitor.prove().text
    (url,) = [part.partition('"')[0] for part in page.split('<script src="')[1:]]
    assert "immutable" in visitor.client.get(url).headers["Cache-Control"]
    assert visitor.client.get("/p/a/page-0000000000.js").status_code == 404


def test_the_worker_is_asked_for_again_within_the_hour_and_costs_next_to_nothing_when_it_is_the_same(visit):
    client = visit().client
    first = client.get("/sw.js", headers=SMALL)
    assert first.headers["Cache-Control"] == "private, max-age=3600"
    again = client.get("/sw.js", headers={**SMALL, "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")

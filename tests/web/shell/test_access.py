"""Every route, every role, another clinic's ids: nothing opens by oversight."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.ids import new_id
from app.core.models import AuditEvent, Clinic
from app.intake.attachments import answer_naming
from app.intake.begin_response import begin_response
from app.intake.models import Answer, Attachment
from app.intake.publish_questionnaire import publish_questionnaire
from app.intake.store import current_version
from app.messaging.models import MessageAttachment
from app.messaging.queue_message import Draft, queue_message
from app.pathways.models import Notice
from app.patients.models import Patient
from app.staff.rules import PERMISSIONS, Permission, Role
from app.support.models import Ticket
from app.web.shell.access import ACCESS, Open, access_to, check_every_route
from channels.registry import BuiltCarrier
from tests.web.clinics import PHONE

VOICE_NOTE = {
    "resourceType": "Questionnaire", "status": "active", "title": "Skin", "language": "en-CA",
    "item": [{"linkId": "photo", "type": "attachment", "text": "A photo of the spot"}],
}  # fmt: skip
STAFF_ROUTES = {endpoint: needed for endpoint, needed in ACCESS.items() if isinstance(needed, Permission)}


def rules(app: Flask, endpoint: str):
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint]


def address_of(app: Flask, rule, ids: dict[str, int | str]) -> str:
    with app.test_request_context(base_url="https://farline.test"):
        return app.url_for(rule.endpoint, **{name: ids[name] for name in rule.arguments}, _external=False)


@pytest.fixture
def ids_of(ground):
    """Values for every variable part of a staff route, of one clinic."""

    def a_message(made) -> int:
        """One with a picture, which its carrier gives."""
        keeper = BuiltCarrier("keeper", "scripted", fetch_attachment=lambda _message, _file: b"GIF89a")
        ground.carriers["keeper"] = keeper
        with ground.database.write() as session:
            draft = Draft(
                clinic_id=made.clinic_id, channel="sms", address=PHONE, purpose="reply",
                cause=f"access:{made.clinic_id}",
            )  # fmt: skip
            message = queue_message(session, draft, now=ground.clock.now())
            message.carrier, message.external_id = "keeper", f"SM{made.clinic_id}"
            named = {"external_id": "ME1", "content_type": "image/gif"}
            session.add(MessageAttachment(message_id=message.id, number=1, **named))
            return message.id

    def a_queue(made) -> int:
        with ground.database.read() as session:
            return session.get_one(Ticket, made.ticket_id).queue_id

    def an_answer(made) -> int:
        """A voice note the clinic's patient gave as an answer."""
        now, file_id = ground.clock.now(), str(uuid4())
        with ground.database.write() as session:
            patient = session.get_one(Patient, made.patient_id)
            publish_questionnaire(session, session.get_one(Clinic, made.clinic_id), VOICE_NOTE, name="skin", now=now)
            version = current_version(session, made.clinic_id, "skin")
            response = begin_response(session, patient, version, "en-CA", now)
            common = {"response_id": response.id, "path": "photo"}
            session.add(
                Attachment(
                    client_id=file_id, content_type="audio/ogg", size_bytes=4, received_bytes=4, content=b"OggS",
                    created_at=now, completed_at=now, **common,
                )
            )  # fmt: skip
            value = answer_naming(file_id, "audio/ogg", 4)
            answer = Answer(value=value, channel="web", answered_at=now, received_at=now, **common)
            session.add(answer)
            return answer.id

    def a_notice(made) -> int:
        now = ground.clock.now()
        with ground.database.write() as session:
            notice = Notice(
                id=new_id(), clinic_id=made.clinic_id, staff_id=made.staff[Role.COORDINATOR], from_at=now,
                until_at=now + timedelta(days=1), texts=0, untold=0, created_at=now,
            )  # fmt: skip
            notice.words = {"en": "{clinic}: closed."}
            session.add(notice)
            return notice.id

    def ids_of(made) -> dict[str, int | str]:
        return {
            "ticket_id": made.ticket_id, "message_id": a_message(made), "patient_id": made.patient_id,
            "staff_id": made.staff[Role.AGENT], "session_id": 1, "passkey_id": 1, "reply_id": 1,
            "number": 1, "queue_id": a_queue(made), "token": "unknown", "kind": "csv", "recovery_id": 1,
            "other_id": made.twin_id, "judgement_id": 1, "notice_id": a_notice(made),
            "point_id": 1, "answer_id": an_answer(made),
        }  # fmt: skip

    return ids_of


def calls(app: Flask, ids):
    """(endpoint, method, address) of every staff route."""
    return [
        (endpoint, method, address_of(app, rule, ids))
        for endpoint in STAFF_ROUTES
        for rule in rules(app, endpoint)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
    ]


def test_the_table_names_only_routes_that_exist(app):
    known = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert set(ACCESS) - known == set()


def test_a_route_without_an_entry_stops_the_start(app):
    naked = Flask("naked")
    naked.add_url_rule("/x", "forgotten.page", lambda: "")
    with pytest.raises(RuntimeError, match=r"forgotten\.page"):
        check_every_route(naked)


def test_nobody_signed_in_opens_nothing(app, north, ids_of):
    client = app.test_client()
    for endpoint, method, address in calls(app, ids_of(north)):
        response = client.open(address, method=method)
        is_sent_to_sign_in = response.status_code == 302 and "/staff/sign-in" in response.headers["Location"]
        assert response.status_code == 401 or is_sent_to_sign_in, (endpoint, response.status_code)


@pytest.mark.parametrize("role", Role)
def test_each_role_is_refused_what_it_may_not_do(app, north, ids_of, sign_in, role):
    person = sign_in(north, role)
    for endpoint, method, address in calls(app, ids_of(north)):
        if ACCESS[endpoint] not in PERMISSIONS[role]:
            response = person.client.open(address, method=method)
            assert response.status_code == 403, (endpoint, response.status_code)


@pytest.mark.parametrize("role", Role)
def test_each_role_opens_the_pages_it_may(app, north, ids_of, sign_in, role):
    person = sign_in(north, role)
    for endpoint, method, address in calls(app, ids_of(north)):
        if method == "GET" and ACCESS[endpoint] in PERMISSIONS[role]:
            response = person.client.get(address)
            assert response.status_code in (200, 302, 304), (endpoint, response.status_code)


FILLED = {"key": "a-key-of-a-form", "body": "words", "outcome": "answered", "reason": "why", "until": "tomorrow"}


@pytest.mark.parametrize("role", Role)
def test_another_clinics_ids_are_as_if_there_were_none(app, north, south, ids_of, sign_in, role):
    """Every page and every form, filled in and from our own page, answers 404 and shows nothing of the other clinic."""
    person = sign_in(north, role)
    token = person.get("/staff/account").text.partition('name="csrf" value="')[2].partition('"')[0]
    for endpoint, method, address in calls(app, ids_of(south)):
        may = ACCESS[endpoint] in PERMISSIONS[role]
        if any(rule.arguments for rule in rules(app, endpoint)):
            form = {**FILLED, "csrf": token} if method == "POST" else None
            response = person.client.open(address, method=method, data=form)
            assert response.status_code == (404 if may else 403), (endpoint, method, response.status_code)
            assert "Clinic South" not in response.text


def test_a_refusal_is_recorded(app, north, sign_in, ground):
    sign_in(north, Role.AUDITOR).get("/desk/tickets")
    with ground.database.read() as session:
        refused = session.scalars(select(AuditEvent).where(AuditEvent.action == "refused")).one()
        assert refused.details == {"route": "desk.tickets", "permission": "see_tickets"}


def test_the_simulator_does_not_exist_outside_demo_mode(app):
    assert access_to("simulator.anything") is Open.DEMO
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("simulator.") and not rule.arguments and "GET" in rule.methods:
            assert app.test_client().get(str(rule)).status_code == 404

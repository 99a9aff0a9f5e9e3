"""A patient lets this phone say that something waits: by a button at home, for listed services, off again at will."""

from __future__ import annotations

import html
from dataclasses import replace

import pytest

from app.core.models import AuditEvent
from app.patients.models import Consent, PushSubscription
from tests.web.patient.conftest import BORN, PHONE, Visitor
from tests.web.patient.test_key import at_door  # noqa: F401 - a fixture

ONE_DATABASE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
ENDPOINT = "https://push.example/send/abc"
AS_SCRIPT = {"Accept": "application/json"}


@pytest.fixture
def clinic(clinic):
    return replace(clinic, ground=replace(clinic.ground, push_services=("push.example",)))


def turn_on(visitor, endpoint=ENDPOINT):
    return visitor.client.post(f"{visitor.path}/phone/notices", data={"endpoint": endpoint}, headers=AS_SCRIPT)


def test_the_phone_is_given_a_neutral_line_and_a_link_home_that_asks_who_it_is(app, clinic, at_door):  # noqa: F811
    visitor = at_door()
    assert turn_on(visitor).status_code == 401, "nobody has said who they are"
    visitor.post(BORN)
    given = turn_on(visitor).json
    assert given["say"] == "Something is waiting for you"
    somebody = app.test_client()
    assert "Is this for you?" in somebody.get(given["to"]).text
    token = given["to"].split("/")[2]
    known = Visitor(somebody, replace(visitor.made, token=token))
    assert known.post({**BORN, "to": "home"}).status_code == 303
    assert "Your page" in somebody.get(given["to"]).text
    (row,) = clinic.rows(PushSubscription)
    assert row.endpoint == ENDPOINT
    consent = clinic.rows(Consent)[-1]
    assert (consent.channel, consent.status, consent.source) == ("web", "given", "patient_web")
    assert [each.action for each in clinic.rows(AuditEvent) if each.object_kind == "told_phone"] == ["added"]


@ONE_DATABASE
@pytest.mark.parametrize("endpoint", ["", "https://127.0.0.1/x", "http://push.example/x", "https://other.example/x"])
def test_an_address_that_is_no_push_service_is_refused(clinic, at_door, endpoint):  # noqa: F811
    visitor = at_door()
    visitor.post(BORN)
    assert turn_on(visitor, endpoint).status_code == 400
    assert clinic.rows(PushSubscription) == []


@ONE_DATABASE
def test_it_is_turned_off_at_home_without_script(clinic, at_door):  # noqa: F811
    visitor = at_door()
    visitor.post(BORN)
    turn_on(visitor)
    phone = f"{visitor.path}/phone"
    assert "Phones that tell you: 1" in visitor.client.get(phone).text
    gone = visitor.client.post(phone, data={"quiet": "1"})
    assert "will not tell you" in visitor.client.get(gone.location).text
    assert clinic.rows(PushSubscription) == []
    assert clinic.rows(Consent)[-1].status == "withdrawn"


@ONE_DATABASE
def test_on_a_number_that_two_share_it_is_neither_offered_nor_taken(clinic, at_door):  # noqa: F811
    visitor = at_door()
    visitor.post(BORN)
    clinic.patient(PHONE)
    assert "data-notices" not in html.unescape(visitor.client.get(f"{visitor.path}/phone").text)
    assert turn_on(visitor).status_code == 403


@ONE_DATABASE
def test_a_server_without_push_services_offers_nothing(clinic, at_door):  # noqa: F811
    object.__setattr__(clinic.ground, "push_services", ())
    visitor = at_door()
    visitor.post(BORN)
    assert "data-notices" not in visitor.client.get(f"{visitor.path}/phone").text
    assert turn_on(visitor).status_code == 400

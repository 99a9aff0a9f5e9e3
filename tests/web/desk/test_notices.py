"""A coordinator sees who would be told what, sends it once, watches what becomes of it, and stops it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.appointments.models import Appointment
from app.appointments.rules import AppointmentStatus
from app.messaging.models import Message
from app.pathways.models import Notice
from app.staff.rules import Role

NEW, WORDS = "/desk/notices/new", "{clinic}: we are closed tomorrow. Call {phone}."


@pytest.fixture
def coordinator(north, sign_in):
    return sign_in(north, Role.COORDINATOR)


def book(ground, made, patient_id: int, days: int = 1) -> None:
    now = ground.clock.now()
    with ground.database.write() as session:
        session.add(
            Appointment(
                clinic_id=made.clinic_id, patient_id=patient_id, status=AppointmentStatus.BOOKED,
                start_at=now + timedelta(days=days), created_at=now, updated_at=now,
            )
        )  # fmt: skip


def asked(ground, **said) -> dict[str, str]:
    day = (ground.clock.now() + timedelta(days=1)).date().isoformat()
    return {"first": day, "last": day, "site": "", "words-en": WORDS, "words-fr": "", **said}


def look(person, ground, **said):
    person.get(NEW)
    person.page = person.submit(NEW, **asked(ground, **said))
    return person.page


def rows(ground, kind) -> list:
    with ground.database.read() as session:
        found = session.query(kind).order_by(kind.id).all()
        session.expunge_all()
        return found


def test_it_is_shown_before_it_is_sent_and_sent_once(coordinator, north, ground):
    book(ground, north, north.patient_id)
    shown = look(coordinator, ground)
    assert "Nothing was sent yet" in shown.text
    assert "Clinic North: we are closed tomorrow." in shown.text
    assert rows(ground, Notice) == []
    sent = [coordinator.submit(NEW, send="1") for _ in range(2)]
    (notice,) = rows(ground, Notice)
    assert {each.status_code for each in sent} == {303}
    assert {each.location for each in sent} == {f"/desk/notices/{notice.id}?told=notice_sent"}
    (text,) = [each for each in rows(ground, Message) if each.purpose == "notice"]
    assert (text.patient_id, text.notice_id, text.state) == (north.patient_id, notice.id, "pending")
    page = coordinator.get(sent[0].location)
    assert "Waiting" in page.text
    assert "Stop what has not left" in page.text
    listed = coordinator.get("/desk/notices")
    assert f"/desk/notices/{notice.id}" in listed.text
    messages = coordinator.get(f"/desk/messages?notice={notice.id}&first={notice.created_at.date()}")
    assert messages.text.count("<tr>") == 2, "its texts and no others"


def test_a_visit_booked_since_is_seen_before_anything_is_sent(coordinator, north, ground):
    book(ground, north, north.patient_id)
    look(coordinator, ground)
    with ground.database.write() as session:
        session.query(Appointment).update({"status": AppointmentStatus.CANCELLED})
    assert coordinator.submit(NEW, send="1").status_code == 409
    assert rows(ground, Notice) == []


def test_a_slip_names_its_field_and_keeps_what_was_typed(coordinator, ground):
    answer = look(coordinator, ground, **{"words-en": "We are closed & sorry."})
    assert answer.status_code == 400
    assert 'id="wrong-words-en"' in answer.text
    assert "We are closed &amp; sorry." in answer.text
    assert "Send it now" not in answer.text


def test_days_without_visits_cannot_be_told_of(coordinator, ground):
    answer = look(coordinator, ground)
    assert "Nobody has a visit then." in answer.text
    assert "Send it now" not in answer.text


def test_it_is_stopped_once_from_its_page(coordinator, north, ground):
    book(ground, north, north.patient_id)
    look(coordinator, ground)
    page = coordinator.submit(NEW, send="1").location
    coordinator.get(page)
    (notice,) = rows(ground, Notice)
    assert coordinator.submit(f"/desk/notices/{notice.id}/stop").status_code == 303
    (notice,) = rows(ground, Notice)
    assert notice.stopped_by == north.staff[Role.COORDINATOR]
    (text,) = [each for each in rows(ground, Message) if each.purpose == "notice"]
    assert text.state == "cancelled"
    stopped = coordinator.get(page)
    assert "Stop what has not left" not in stopped.text
    assert "Not sent" in stopped.text


def test_another_clinics_notice_is_not_there(coordinator, north, south, sign_in, ground):
    book(ground, north, north.patient_id)
    look(coordinator, ground)
    page = coordinator.submit(NEW, send="1").location.partition("?")[0]
    stranger = sign_in(south, Role.COORDINATOR)
    assert stranger.get(page).status_code == 404
    assert "No notice was sent yet" in stranger.get("/desk/notices").text


@pytest.mark.parametrize("role", [Role.AGENT, Role.CLINICIAN, Role.AUDITOR])
def test_who_may_not_tell_everybody(north, sign_in, role):
    person = sign_in(north, role)
    assert person.get("/desk/notices").status_code == 403
    assert "Notices" not in person.get("/staff/account").text


def test_an_administrator_may_without_seeing_whom(north, sign_in, ground):
    book(ground, north, north.patient_id)
    shown = look(sign_in(north, Role.ADMINISTRATOR), ground)
    assert "Lindqvist" not in shown.text
    assert "Send it now" in shown.text

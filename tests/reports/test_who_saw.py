"""Who saw whom: the access report, its FHIR form, the flags of the week, and the desk's figures from real rows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fhir.resources.R4B.auditevent import AuditEvent

from app.core.audit import Actor, record_audit
from app.core.models import Clinic
from app.patients.models import Patient
from app.patients.store import family_index
from app.reports.access_report import accesses, as_fhir
from app.reports.desk_report import desk_report
from app.reports.flags import MANY_IN_AN_HOUR, FlagKind, flags
from app.staff.models import StaffAccount
from app.support.close_ticket import close_ticket
from app.support.reply_to_patient import Reply, reply_to_patient
from app.support.rules import Outcome
from tests.messaging.people import make_patient


@pytest.fixture
def look(desk, ground):
    """Somebody does something with a patient's information."""

    def look(login: str, patient_id: int, action: str = "viewed", **said) -> None:
        with ground.database.write() as session:
            record_audit(
                session, action, "patient", patient_id, actor=Actor("staff", desk.staff[login]), now=ground.clock.now(),
                clinic_id=desk.clinic_id, patient_id=patient_id, **said,
            )  # fmt: skip

    return look


def kinds(desk, ground) -> list[FlagKind]:
    with ground.database.read() as session:
        return [flag.kind for flag in flags(session, session.get_one(Clinic, desk.clinic_id), ground.clock.now())]


def test_the_report_says_who_when_what_and_why_newest_first(desk, ground, look, clock):
    look("ann", desk.patient_id)
    clock.advance(timedelta(minutes=5))
    look("ben", desk.patient_id, "broke_glass", reason="phone call")
    with ground.database.read() as session:
        found = accesses(session, desk.patient_id)
    assert [(each.who, each.action, each.reason) for each in found] == [
        ("Ben", "broke_glass", "phone call"),
        ("Ann", "viewed", None),
    ]


def test_the_fhir_form_names_agents_source_and_entity(desk, ground, look):
    look("ann", desk.patient_id, "broke_glass", reason="asked to look for a result")
    look("ann", desk.patient_id)
    with ground.database.read() as session:
        bundle = as_fhir(accesses(session, desk.patient_id), "pat-7", desk.patient_id)
    for entry in bundle["entry"]:
        AuditEvent.model_validate(entry["resource"])
    event = bundle["entry"][0]["resource"]
    assert event["resourceType"] == "AuditEvent"
    assert event["action"] == "R"
    assert [agent["requestor"] for agent in event["agent"]] == [True, False]
    assert event["entity"][0]["what"]["reference"] == "Patient/pat-7"
    assert event["recorded"].endswith("+00:00")


def test_an_ordinary_view_raises_no_flag(desk, ground, look):
    desk.open()
    look("ann", desk.patient_id)
    assert kinds(desk, ground) == []


def test_the_same_family_name_is_flagged_once(desk, ground, look):
    desk.open()
    with ground.database.write() as session:
        session.get_one(StaffAccount, desk.staff["ann"]).name = "Ann Lindqvist"
        session.get_one(Patient, desk.patient_id).family_index = family_index("lindqvist ")
    look("ann", desk.patient_id)
    look("ann", desk.patient_id)
    assert kinds(desk, ground) == [FlagKind.SAME_NAME]


def test_a_chart_opened_without_a_ticket_is_flagged(desk, ground, look):
    look("ben", desk.patient_id, "broke_glass", reason="curious")
    look("ben", desk.patient_id)
    assert kinds(desk, ground) == [FlagKind.NO_TICKET]


def test_looking_again_long_after_the_ticket_was_closed_is_flagged_once(desk, ground, look, clock):
    ticket_id = desk.open()
    desk.claim(ticket_id, "ann")
    with ground.database.write() as session:
        close_ticket(session, ticket_id, Outcome.ANSWERED, desk.hand("ann"))
    clock.advance(timedelta(hours=2))
    look("ann", desk.patient_id)
    assert kinds(desk, ground) == []
    clock.advance(timedelta(days=1))
    look("ann", desk.patient_id, "heard")
    look("ann", desk.patient_id)
    assert kinds(desk, ground) == [FlagKind.NO_TICKET]


def test_a_view_at_night_is_flagged_once_a_night(desk, ground, look, clock):
    desk.open(now=clock.at.replace(hour=5))
    clock.at = clock.at.replace(hour=6)
    look("ann", desk.patient_id)
    look("ann", desk.patient_id)
    assert kinds(desk, ground) == [FlagKind.OFF_SHIFT]


def test_many_charts_in_an_hour_are_flagged_and_old_ones_forgotten(desk, ground, look, clock):
    with ground.database.write() as session:
        others = [
            make_patient(session, desk.clinic_id, f"+1306555{number:04d}", now=clock.now()).id
            for number in range(MANY_IN_AN_HOUR)
        ]
    for number, patient_id in enumerate(others):
        desk.open(patient_id=patient_id)
        if number == MANY_IN_AN_HOUR // 2:
            clock.advance(timedelta(minutes=50))  # into the next full hour: still within sixty minutes
        look("ann", patient_id)
    assert kinds(desk, ground) == [FlagKind.MANY]
    clock.advance(timedelta(days=8))
    assert kinds(desk, ground) == []


def test_the_desks_figures_come_from_its_events(desk, ground, clock):
    done = desk.open()
    clock.advance(timedelta(minutes=30))
    desk.claim(done, "ann")
    with ground.database.write() as session:
        reply_to_patient(session, done, Reply("Hello", "key-1"), desk.hand("ann"))
    clock.advance(timedelta(minutes=30))
    with ground.database.write() as session:
        close_ticket(session, done, Outcome.ANSWERED, desk.hand("ann"))
    desk.open(locale="fr-CA")
    with ground.database.read() as session:
        report = desk_report(session, session.get_one(Clinic, desk.clinic_id), ground.clock.now())
    assert (report.now.waiting, report.now.oldest) == (1, clock.now())
    english, french = report.languages
    assert (english.name, english.answer.median, english.close.median) == (
        "en",
        timedelta(minutes=30),
        timedelta(hours=1),
    )
    assert (french.name, french.episodes, french.answer.count) == ("fr", 1, 0)
    assert report.reasons == [("asked_for_person", 2)]
    assert sum(count for _, count in report.now.by_hour) == 2

"""Consent given or withdrawn to staff: one step that ends what waits, also what a runner holds, and what is filed."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.conversations.models import Conversation
from app.conversations.note_consent import Said, note_consent
from app.core.audit import Actor
from app.core.models import AuditEvent
from app.messaging.attempt import Mark, write_attempts
from app.messaging.claim import claim
from app.messaging.models import Message
from app.pathways.models import DueStep, Rung
from app.pathways.plan_enrolment import enrol
from app.pathways.run_due_steps import run_due_steps
from app.pathways.store import current_pathway
from app.patients.consent import may_share
from app.patients.models import Consent, Patient
from app.patients.rules import ConsentStatus
from tests.beds.small_clinic import SmallClinic, open_small_clinic

PHONE = "+13065550155"
START = datetime(2026, 12, 10, 14, 0, tzinfo=ZoneInfo("America/Toronto"))
GIVEN, WITHDRAWN = ConsentStatus.GIVEN, ConsentStatus.WITHDRAWN


@pytest.fixture
def clinic(database, clock) -> SmallClinic:
    return open_small_clinic(database, clock, has_library=True)


def said(clinic: SmallClinic, patient_id: int, status: ConsentStatus, channel: str = "any", purpose: str = "any"):
    with clinic.ground.database.write() as session:
        act = Said(status, channel, purpose, wording="by_phone", locale="fr-CA")
        patient = session.get_one(Patient, patient_id)
        note_consent(session, patient, act, actor=Actor("staff", 7), now=clinic.clock.now())


def outbound(clinic: SmallClinic) -> list[tuple[str, str, str | None]]:
    return [(each.purpose, each.state, each.reason) for each in clinic.rows(Message, direction="outbound")]


def test_a_withdrawal_stops_also_what_a_runner_has_claimed(clinic):
    patient_id = clinic.patient(PHONE)
    clinic.book(patient_id, START)
    clinic.tick()
    clinic.clock.at = START - timedelta(days=3)
    run_due_steps(clinic.ground)
    _, (held,) = claim(clinic.ground, limit=5, lease=timedelta(seconds=60))
    said(clinic, patient_id, WITHDRAWN)
    with clinic.ground.database.write() as session:
        assert write_attempts(session, [Mark(held, clinic.clock.now())]) == [False], "its runner may not send it"
    clinic.pass_time(timedelta(hours=30))
    assert (clinic.texts(PHONE), clinic.calls(PHONE)) == ([], [])
    assert outbound(clinic) == [("reminder", "suppressed", "no_consent")]
    assert {(step.state, step.reason) for step in clinic.rows(DueStep)} == {
        ("skipped", "no_consent"), ("waiting", None),
    }  # fmt: skip


def test_the_act_keeps_who_what_how_when_and_in_which_language(clinic):
    patient_id = clinic.patient(PHONE)
    said(clinic, patient_id, WITHDRAWN, "sms")
    act = clinic.rows(Consent)[-1]
    assert (act.status, act.channel, act.purpose, act.wording) == ("withdrawn", "sms", "any", "by_phone")
    assert (act.locale, act.source, act.staff_id, act.at) == ("fr-CA", "staff", 7, clinic.clock.now())
    (event,) = clinic.rows(AuditEvent, object_kind="consent")
    assert (event.action, event.patient_id, event.details["status"]) == ("changed", patient_id, "withdrawn")


def test_no_texts_may_still_be_calls_and_no_forms_still_reminders(clinic):
    by_phone, no_forms = clinic.patient(PHONE), clinic.patient("+13065550156")
    said(clinic, by_phone, WITHDRAWN, "sms")
    said(clinic, no_forms, WITHDRAWN, purpose="forms")
    for patient_id in (by_phone, no_forms):
        clinic.book(patient_id, START)
        with clinic.ground.database.write() as session:
            pathway = current_pathway(session, clinic.clinic_id, "pre-visit-intake")
            enrol(session, pathway, session.get_one(Patient, patient_id), act_id=patient_id, now=clinic.clock.now())
    clinic.tick()
    clinic.at(START - timedelta(days=3))
    assert clinic.texts(PHONE) == []
    assert [text for text in clinic.texts("+13065550156") if "appointment" not in text] == []
    assert len(clinic.texts("+13065550156")) == 1
    assert clinic.text("+13065550156", "1")[0].startswith("Thank you."), "who answers is answered"


def test_who_wants_no_texts_is_called_and_who_wants_no_calls_reaches_a_person(clinic):
    no_texts, no_calls = clinic.patient(PHONE), clinic.patient("+13065550156")
    said(clinic, no_texts, WITHDRAWN, "sms")
    said(clinic, no_calls, WITHDRAWN, "voice")
    for patient_id in (no_texts, no_calls):
        clinic.book(patient_id, START)
    clinic.tick()
    clinic.at(START - timedelta(days=3))
    assert (clinic.texts(PHONE), len(clinic.calls(PHONE))) == ([], 1)
    clinic.pass_time(timedelta(hours=24))
    assert clinic.calls("+13065550156") == []
    climbed = {(each.action, each.reason) for each in clinic.rows(Rung)}
    assert climbed >= {("voice", "no_consent"), ("sms", "first"), ("ticket", "no_consent")}


def test_texts_withdrawn_while_one_waits_bring_the_call(clinic):
    patient_id = clinic.patient(PHONE)
    clinic.book(patient_id, START)
    clinic.tick()
    clinic.clock.at = START - timedelta(days=3)
    run_due_steps(clinic.ground)
    said(clinic, patient_id, WITHDRAWN, "sms")
    clinic.tick()
    assert (clinic.texts(PHONE), len(clinic.calls(PHONE))) == ([], 1)


def test_a_form_that_waits_is_asked_no_further(clinic):
    patient_id = clinic.patient(PHONE)
    with clinic.ground.database.write() as session:
        pathway = current_pathway(session, clinic.clinic_id, "pre-visit-intake")
        enrol(session, pathway, session.get_one(Patient, patient_id), act_id=1, now=clinic.clock.now())
    clinic.tick()
    assert clinic.texts(PHONE)
    said(clinic, patient_id, WITHDRAWN, purpose="forms")
    assert [(each.state, each.reason) for each in clinic.rows(Conversation)] == [("stopped", "no_consent")]
    before = len(clinic.texts(PHONE))
    clinic.pass_time(timedelta(days=4))
    assert (len(clinic.texts(PHONE)), clinic.calls(PHONE)) == (before, [])


@pytest.mark.parametrize(
    ("acts", "shares"),
    [
        ([], True),
        ([(WITHDRAWN, "any", "any")], False),
        ([(WITHDRAWN, "record", "any")], False),
        ([(WITHDRAWN, "any", "reminders"), (WITHDRAWN, "sms", "any")], True),
        ([(WITHDRAWN, "any", "any"), (GIVEN, "sms", "any")], False),
        ([(WITHDRAWN, "any", "any"), (GIVEN, "record", "any")], True),
    ],
    ids=["silence", "everything", "the record", "only reaching", "texts again", "the record again"],
)
def test_everything_withdrawn_goes_to_no_record_either(clinic, acts, shares):
    patient_id = clinic.patient(PHONE)
    for act in acts:
        said(clinic, patient_id, *act)
        clinic.clock.advance(timedelta(seconds=1))
    with clinic.look() as session:
        assert may_share(session, patient_id) is shares


def test_start_opens_what_stop_closed_and_not_what_staff_noted(clinic):
    patient_id = clinic.patient(PHONE)
    clinic.text(PHONE, "STOP")
    said(clinic, patient_id, WITHDRAWN)
    (answer,) = clinic.text(PHONE, "START")
    assert "again" not in answer, "no text says what is not so"
    clinic.book(patient_id, START)
    clinic.tick()
    clinic.at(START - timedelta(days=3))
    assert clinic.texts(PHONE)[-1] == answer

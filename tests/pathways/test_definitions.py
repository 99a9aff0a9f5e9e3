"""Pathways as published: checked definitions, immutable versions, enrolment by staff, check-ins asked and climbed."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.core.clock import FrozenClock
from app.core.database import Database
from app.core.models import Clinic
from app.intake.models import Response
from app.pathways.built_in import BUILT_IN, CHECK_IN, INTAKE, REMINDER
from app.pathways.definition import DefinitionWrong, read_definition
from app.pathways.models import DueStep, Enrolment, Pathway, Rung
from app.pathways.plan_enrolment import enrol
from app.pathways.publish_pathway import publish_built_in, publish_pathway
from app.pathways.store import current_pathway
from app.patients.models import Patient
from tests.beds.small_clinic import SmallClinic, open_small_clinic

TORONTO = ZoneInfo("America/Toronto")
PHONE = "+13065550155"


@pytest.fixture
def clinic(database: Database, clock: FrozenClock) -> SmallClinic:
    return open_small_clinic(database, clock, has_library=True)


def put_on(clinic: SmallClinic, name: str, patient_id: int, act_id: int = 1) -> None:
    with clinic.ground.database.write() as session:
        pathway = current_pathway(session, clinic.clinic_id, name)
        enrol(session, pathway, session.get_one(Patient, patient_id), act_id=act_id, now=clinic.clock.now())


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_what_ships_can_be_read(name):
    assert read_definition(BUILT_IN[name]).steps


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"steps": []}, "A pathway needs steps"),
        ({"anchor": "full moon"}, "cannot be read"),
        ({"title": None, "steps": [{}]}, "cannot be read"),
        ({"steps": [{"key": "a", "action": "remind", "offset": {}, "not_after": {}, "ladder": []}]}, "has no ladder"),
        (
            {"steps": [{"key": "a", "action": "ask", "offset": {}, "not_after": {}, "ladder": [{"kind": "sms"}]}]},
            "must name a questionnaire",
        ),
        (
            {
                "anchor": "enrolled",
                "steps": [{"key": "a", "action": "remind", "offset": {}, "not_after": {}, "ladder": [{"kind": "sms"}]}],
            },
            "starts from one",
        ),
    ],
)
def test_a_definition_that_cannot_work_is_refused_with_a_sentence(change, sentence):
    with pytest.raises(DefinitionWrong, match=sentence):
        read_definition({**BUILT_IN[REMINDER], **change})


def test_the_same_definition_again_is_the_same_version_and_a_change_is_a_new_one(clinic):
    changed = copy.deepcopy(dict(BUILT_IN[REMINDER]))
    changed["steps"][0]["offset"] = {"days": -5}
    with clinic.ground.database.write() as session:
        row = session.get_one(Clinic, clinic.clinic_id)
        publish_built_in(session, row, now=clinic.clock.now())
        for _ in range(2):
            publish_pathway(session, row, changed, name=REMINDER, now=clinic.clock.now())
    versions = [(each.version, each.is_current) for each in clinic.rows(Pathway, name=REMINDER)]
    assert versions == [(1, False), (2, True)]


def test_what_was_planned_stays_on_its_version(clinic):
    start = datetime(2026, 12, 10, 14, 0, tzinfo=TORONTO)
    clinic.book(clinic.patient(PHONE), start)
    clinic.tick()
    changed = copy.deepcopy(dict(BUILT_IN[REMINDER]))
    changed["steps"] = changed["steps"][1:]
    with clinic.ground.database.write() as session:
        row = session.get_one(Clinic, clinic.clinic_id)
        publish_pathway(session, row, changed, name=REMINDER, now=clinic.clock.now())
    clinic.at(start - timedelta(days=3))
    assert len(clinic.texts(PHONE)) == 1


def test_the_same_act_enrols_once_and_another_act_again(clinic):
    patient_id = clinic.patient(PHONE)
    for act_id in (1, 1, 2):
        put_on(clinic, CHECK_IN, patient_id, act_id)
    assert len(clinic.rows(Enrolment)) == 2
    assert len(clinic.rows(DueStep)) == 6


def test_a_check_in_is_asked_on_its_days_and_an_answered_one_climbs_no_further(clinic):
    patient_id = clinic.patient(PHONE, locale="fr-CA")
    put_on(clinic, CHECK_IN, patient_id)
    clinic.at(datetime(2026, 12, 2, 10, 0, tzinfo=TORONTO))
    intro, question = clinic.texts(PHONE)
    assert intro.startswith("Pine Narrows Health Centre : quelques questions pour vous.")
    assert "1 Mieux" in question
    for words in ("1", "non", "non", "non", "non", "1", "oui", "oui", "non", "rien"):
        clinic.text(PHONE, words)
    assert clinic.rows(Response)[0].status == "completed"
    clinic.pass_time(timedelta(hours=4))
    assert clinic.calls(PHONE) == []
    first = clinic.rows(DueStep)[0]
    assert (first.step, first.state, first.reason) == ("first_day", "sent", "answered")
    clinic.at(datetime(2026, 12, 4, 10, 0, tzinfo=TORONTO))
    assert len(clinic.rows(Response)) == 2


def test_a_check_in_nobody_answers_climbs_to_a_call_and_a_person_the_same_day(clinic):
    put_on(clinic, CHECK_IN, clinic.patient(PHONE))
    for hour in (10, 13, 15, 16, 17, 18):
        clinic.at(datetime(2026, 12, 2, hour, 0, tzinfo=TORONTO))
    assert [rung.action for rung in clinic.rows(Rung)] == ["sms", "voice", "ticket"]


def test_the_form_before_a_visit_is_asked_at_once_in_the_day_and_in_the_morning_at_night(clinic):
    put_on(clinic, INTAKE, clinic.patient(PHONE))
    clinic.tick()
    assert len(clinic.texts(PHONE)) >= 2
    clinic.at(datetime(2026, 12, 5, 23, 0, tzinfo=TORONTO))
    put_on(clinic, INTAKE, clinic.patient("+13065550156"), act_id=2)
    clinic.tick()
    assert clinic.texts("+13065550156") == []
    clinic.at(datetime(2026, 12, 6, 8, 0, tzinfo=TORONTO))
    assert clinic.texts("+13065550156")

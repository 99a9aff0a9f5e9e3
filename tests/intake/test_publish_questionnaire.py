"""Publishing: immutable versions, readiness kept, refusals that name the item."""

from __future__ import annotations

import copy
import json

import pytest

from app.core.clock import FrozenClock
from app.core.database import Database
from app.core.models import Clinic
from app.intake.begin_response import begin_response
from app.intake.models import PublishedQuestionnaire, Response
from app.intake.plans import plan_for, questionnaire_for
from app.intake.publish_questionnaire import CannotPublish, publish_library, publish_questionnaire
from app.intake.store import current_version
from app.patients.models import Patient
from forms import library
from tests.beds.small_clinic import SmallClinic, open_small_clinic


@pytest.fixture
def clinic(database: Database, clock: FrozenClock) -> SmallClinic:
    return open_small_clinic(database, clock)


def publish(clinic: SmallClinic, resource: object, name: str = "check") -> PublishedQuestionnaire:
    with clinic.ground.database.write() as session:
        row = session.get_one(Clinic, clinic.clinic_id)
        return publish_questionnaire(session, row, resource, name=name, now=clinic.clock.now())


def test_the_library_is_published_once_with_its_readiness(clinic):
    for _ in range(2):
        with clinic.ground.database.write() as session:
            publish_library(session, session.get_one(Clinic, clinic.clinic_id), now=clinic.clock.now())
    rows = clinic.rows(PublishedQuestionnaire)
    assert sorted(row.name for row in rows) == list(library.names())
    for row in rows:
        for language in ("en", "fr-CA"):
            assert row.readiness["channels"][language]["sms"]["ready"]
            assert row.readiness["channels"][language]["web"]["ready"]
        assert row.readiness["voices"]["fr-CA"] == "fr"


def test_a_changed_questionnaire_needs_a_new_version_and_old_responses_stay_on_theirs(clinic):
    resource = library.load("phq-2")
    first = publish(clinic, resource)
    patient_id = clinic.patient("+13065550155")
    with clinic.ground.database.write() as session:
        response = begin_response(
            session, session.get_one(Patient, patient_id), session.get_one(PublishedQuestionnaire, first.id), "en",
            clinic.clock.now(),
        )  # fmt: skip
    changed = copy.deepcopy(resource)
    changed["title"] = "Changed"
    with pytest.raises(CannotPublish, match="already published with other content"):
        publish(clinic, changed)
    changed["version"] = "2.0.0"
    second = publish(clinic, changed)
    with clinic.look() as session:
        assert current_version(session, clinic.clinic_id, "check").id == second.id
        assert session.get_one(Response, response.id).questionnaire_id == first.id
        assert plan_for(session, first.id, "en").title != plan_for(session, second.id, "en").title


def test_a_response_that_can_go_on_is_not_begun_again(clinic):
    version = publish(clinic, library.load("phq-2"))
    patient_id = clinic.patient("+13065550155")
    for _ in range(2):
        with clinic.ground.database.write() as session:
            patient = session.get_one(Patient, patient_id)
            begin_response(session, patient, session.merge(version), "fr-CA", clinic.clock.now())
    assert len(clinic.rows(Response)) == 1


def test_a_plan_is_compiled_once(clinic):
    version = publish(clinic, library.load("phq-2"))
    with clinic.look() as session:
        assert plan_for(session, version.id, "fr-CA") is plan_for(session, version.id, "fr-CA")
        assert plan_for(session, version.id, "fr-CA").locale != plan_for(session, version.id, "en").locale
        assert questionnaire_for(session, version.id).to_json() == json.loads(json.dumps(version.source))


@pytest.mark.parametrize(
    "resource",
    [b"", b"{", b"[]", b'{"resourceType": "Patient"}', b'{"resourceType": "Questionnaire"}', "\x00", {"item": 3}],
)
def test_what_is_no_questionnaire_is_refused_with_reasons_and_nothing_changes(clinic, resource):
    with pytest.raises(CannotPublish) as refused:
        publish(clinic, resource)
    assert all(problem.message and problem.fix for problem in refused.value.problems)
    assert refused.value.problems
    assert clinic.rows(PublishedQuestionnaire) == []

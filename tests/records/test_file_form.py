"""A finished form reaches the right chart once: structured, and readable in the patient's language."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from fhir.resources.R4B.documentreference import DocumentReference
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse
from sqlalchemy import select

from app.core.models import Clinic, Event
from app.intake.begin_response import begin_response
from app.intake.keep_turn import Heard, keep_turn
from app.intake.models import PublishedQuestionnaire, Response
from app.intake.plans import plan_for
from app.intake.publish_questionnaire import publish_library
from app.patients.models import Patient
from app.records.fhir.mapping_out import KEY_SYSTEM
from app.records.file_due import FiledDue, file_due
from app.records.handle_events import handle_event
from app.support.models import Ticket
from forms.engine import advance, begin
from forms.state import Context, Reply

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def finish(day, patient_id: int, *, name: str = "phq-2", locale: str = "en", replies=("2", "3")) -> int:
    """The patient answers the whole form by text; returns the filing's id."""
    now = day.ground.clock.now()
    with day.ground.database.write() as session:
        if session.scalars(select(PublishedQuestionnaire)).first() is None:
            publish_library(session, session.get_one(Clinic, day.clinic.id), now=now)
        published = session.scalars(select(PublishedQuestionnaire).where(PublishedQuestionnaire.name == name)).one()
        response = begin_response(session, session.get_one(Patient, patient_id), published, locale, now)
        plan, context = plan_for(session, published.id, locale), Context("sms", locale, now)
        turn = begin(plan, context)
        for reply in replies:
            turn = advance(plan, turn.state, Reply.text(reply), context)
            keep_turn(session, response, turn.state, turn.effects, Heard("sms", now))
        assert response.completed_at is not None, f"not finished: {turn.effects}"
        event = session.scalars(
            select(Event).where(Event.kind == "response_completed", Event.subject_id == response.id)
        ).one()
        return handle_event(session, event, now).id


def text_of(document) -> str:
    return base64.b64decode(document["content"][0]["attachment"]["data"]).decode()


def test_a_finished_form_is_filed_structured_and_readable(connected, wire, record_bed):
    patient_id = connected.appointment().patient_id
    filing_id = finish(connected, patient_id)
    assert file_due(connected.ground) == FiledDue(filed=1)
    (response,), (document,) = wire.sent("QuestionnaireResponse"), wire.sent("DocumentReference")
    QuestionnaireResponse.model_validate(response)
    DocumentReference.model_validate(document)
    chart = f"Patient/{connected.record_id_of(patient_id)}"
    assert response["subject"]["reference"] == document["subject"]["reference"] == chart
    assert response["status"] == "completed"
    assert response["questionnaire"].count("|") == 1
    assert response["identifier"]["system"] == KEY_SYSTEM
    assert document["context"]["related"] == [{"reference": f"QuestionnaireResponse/{response['id']}"}]
    for kind, sent in (("QuestionnaireResponse", response), ("DocumentReference", document)):
        assert record_bed.get(f"{kind}/{sent['id']}").status_code == 200
    assert connected.filing(filing_id).payload == [response, document]
    assert "More than half the days" in text_of(document)


def test_the_readable_copy_speaks_the_patients_language(connected, wire):
    finish(connected, connected.appointment(1).patient_id, locale="fr")
    file_due(connected.ground)
    (document,) = wire.sent("DocumentReference")
    assert document["content"][0]["attachment"]["language"].startswith("fr")
    assert "Réponses du patient" in text_of(document)
    assert "Plus de sept jours" in text_of(document)


@pytest.mark.parametrize("lost_answer", range(2, 8))
def test_an_answer_lost_at_any_request_leaves_one_of_each(connected, wire, record_bed, clock, lost_answer):
    filing_id = finish(connected, connected.appointment(2).patient_id)
    wire.fail(*[("ok", None)] * (lost_answer - 1), ("reset_after", None))
    file_due(connected.ground)
    clock.advance(timedelta(hours=1))
    file_due(connected.ground)
    assert connected.filing(filing_id).state == "filed"
    for kind in ("QuestionnaireResponse", "DocumentReference"):
        assert record_bed.versions(kind, wire.sent(kind)[0]["id"]) == 1


def test_a_server_without_questionnaire_responses_still_gets_the_readable_copy(connected, wire):
    finish(connected, connected.appointment(3).patient_id)
    # metadata, Patient, QuestionnaireResponse looked for, then refused
    wire.fail(*[("ok", None)] * 3, ("status", (405, {})))
    assert file_due(connected.ground) == FiledDue(filed=1)
    (document,) = wire.sent("DocumentReference")
    assert "context" not in document


def test_a_server_that_declares_them_and_refuses_is_a_persons_matter(connected, wire):
    can = [{"code": "read"}, {"code": "update"}]
    kinds = ("QuestionnaireResponse", "DocumentReference")
    wire.capabilities = {
        "resourceType": "CapabilityStatement",
        "fhirVersion": "4.0.1",
        "rest": [{"resource": [{"type": kind, "interaction": can} for kind in kinds]}],
    }
    finish(connected, connected.appointment(4).patient_id)
    wire.fail(*[("ok", None)] * 3, ("status", (422, {})))
    assert file_due(connected.ground) == FiledDue(needs_person=1)
    assert [ticket.reason for ticket in connected.all(Ticket)] == ["filing_rejected"]
    assert wire.sent("DocumentReference") == []


def test_a_form_of_a_merged_chart_is_filed_in_the_one_that_replaced_it(connected, wire, record_bed):
    old, new = connected.appointment(5).patient_id, connected.appointment(7).patient_id
    assert old != new
    filing_id = finish(connected, old)
    with connected.ground.database.write() as session:
        patient = session.get_one(Patient, old)
        patient.status, patient.merged_into_id = "merged", new
    file_due(connected.ground)
    assert connected.filing(filing_id).state == "filed"
    assert {sent["subject"]["reference"] for sent in wire.sent("DocumentReference")} == {
        f"Patient/{connected.record_id_of(new)}"
    }


def test_a_merge_that_nobody_has_checked_holds_the_form_back(connected, wire):
    patient_id = connected.appointment(6).patient_id
    filing_id = finish(connected, patient_id)
    with connected.ground.database.write() as session:
        session.get_one(Patient, patient_id).status = "merged"
    assert file_due(connected.ground) == FiledDue(needs_person=1)
    assert connected.filing(filing_id).reason == "chart_merged"
    assert wire.seen == [] or wire.writes() == []


def test_a_form_deleted_in_the_record_is_not_written_back(connected, wire, record_bed):
    import requests

    filing_id = finish(connected, connected.appointment(8).patient_id)
    file_due(connected.ground)
    (document,) = wire.sent("DocumentReference")
    requests.delete(f"{record_bed.base_url}/DocumentReference/{document['id']}", timeout=10)
    with connected.ground.database.write() as session:
        from app.records.models import Filing

        session.get_one(Filing, filing_id).state = "pending"
    assert file_due(connected.ground) == FiledDue(needs_person=1)
    assert connected.filing(filing_id).reason == "deleted_there"
    assert len(wire.sent("DocumentReference")) == 1


def test_answers_are_sealed_in_what_we_keep_of_the_filing(connected, wire):
    finish(connected, connected.appointment(9).patient_id)
    file_due(connected.ground)
    from app.records.models import Filing

    (filing,) = connected.all(Filing)
    assert b"QuestionnaireResponse" not in filing.payload_sealed
    assert connected.all(Response)[0].state_sealed is not None

"""Trip e: a form finished by text is filed to a real FHIR server, once; down, it waits and catches up."""

from __future__ import annotations

from datetime import timedelta

from app.appointments.models import Appointment
from app.conversations.send_form import send_form
from app.core.models import Clinic
from app.intake.models import Response
from app.patients.models import ContactPoint, Patient
from app.records.endpoints import connect
from app.records.import_fhir import import_fhir
from app.records.models import Filing, RecordEndpoint
from tests.records.bed import Wire
from tests.records.conftest import excerpt
from tests.trips.conftest import Town


def reachable(town: Town) -> tuple[int, str]:
    """A patient of the imported day who has a phone alone, and the number."""
    points = [row for row in town.clinic.rows(ContactPoint) if row.state == "usable" and not row.is_landline]
    shared = {row.address_index for row in points}
    alone = [row for row in points if sum(other.address_index == row.address_index for other in points) == 1]
    assert shared
    booked = {row.patient_id for row in town.clinic.rows(Appointment)}
    point = next(row for row in alone if row.patient_id in booked)
    return point.patient_id, point.address


def finish_by_text(town: Town, patient_id: int, number: str) -> None:
    with town.clinic.ground.database.write() as session:
        send_form(
            session, session.get_one(Patient, patient_id), "phq-2", channel="sms", key="trip",
            now=town.clinic.clock.now(), public_url=town.clinic.ground.public_url,
        )  # fmt: skip
    town.clinic.tick()
    for _ in range(4):
        town.text(number, "1")
        town.clinic.tick(1)


def settle(town: Town, url: str) -> None:
    with town.clinic.ground.database.write() as session:
        connect(session, town.clinic.clinic_id, url)
        clinic = session.get_one(Clinic, town.clinic.clinic_id)
    import_fhir(town.clinic.ground, clinic, excerpt(60))
    town.clinic.tick()


def test_a_form_finished_by_text_is_filed_once(town: Town, wire: Wire):
    settle(town, wire.base_url)
    patient_id, number = reachable(town)
    finish_by_text(town, patient_id, number)
    assert town.clinic.rows(Response)[0].status == "completed"
    town.clinic.tick()
    (filing,) = town.clinic.rows(Filing)
    assert filing.state == "filed"
    (response,), (document,) = wire.sent("QuestionnaireResponse"), wire.sent("DocumentReference")
    chart = town.clinic.rows(Patient, id=patient_id)[0].record_id
    assert response["subject"]["reference"] == document["subject"]["reference"] == f"Patient/{chart}"
    town.clinic.tick()
    assert len(wire.sent("QuestionnaireResponse")) == 1


def test_while_the_record_is_down_the_form_waits_and_then_catches_up(town: Town, wire: Wire):
    settle(town, "http://127.0.0.1:9")  # nobody listens there
    patient_id, number = reachable(town)
    finish_by_text(town, patient_id, number)
    town.clinic.tick()
    (filing,) = town.clinic.rows(Filing)
    assert filing.state in ("pending", "retry")
    with town.clinic.ground.database.write() as session:
        session.query(RecordEndpoint).one().base_url = wire.base_url
    for _ in range(6):
        town.clinic.pass_time(timedelta(minutes=30))
    assert town.clinic.rows(Filing)[0].state == "filed"
    assert len(wire.sent("QuestionnaireResponse")) == 1

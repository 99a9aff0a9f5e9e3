"""What changed in the record is read by its own clock, once, through the same door as a file."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.appointments.models import Appointment
from app.core.models import Event
from app.patients.models import Patient
from app.records.endpoints import connect
from app.records.import_fhir import import_fhir
from app.records.models import RecordCursor, RecordEndpoint
from app.records.pull import pull_due
from app.support.models import Ticket
from tests.records.conftest import Day


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


@pytest.fixture
def reading(ground, clinic, wire) -> Day:
    """An empty clinic whose record is connected, to be read."""
    with ground.database.write() as session:
        connect(session, clinic.id, wire.base_url, pull=True)
    return Day(ground, clinic)


def test_the_whole_record_is_read_page_by_page_and_then_nothing_more(reading, wire):
    assert pull_due(reading.ground) == 705  # all but the organization
    assert (len(reading.all(Patient)), len(reading.all(Appointment))) == (240, 400)
    asked = [path for _method, path, headers, _body in wire.seen if "_count" in path]
    assert len(asked) >= 15
    assert all(
        headers.get("Prefer") == "handling=strict" for _m, path, headers, _b in wire.seen if "metadata" not in path
    )
    events = len(reading.all(Event))
    assert pull_due(reading.ground) == 0
    assert len(reading.all(Event)) == events


def test_a_change_made_in_the_record_is_told_like_one_from_a_file(reading, record_bed):
    pull_due(reading.ground)
    appointment = reading.appointment(20)
    before = record_bed.get(f"Appointment/{appointment.record_id}").json()
    record_bed.change("Appointment", appointment.record_id, status="cancelled")
    try:
        assert pull_due(reading.ground) == 1
        assert pull_due(reading.ground) == 0
    finally:
        record_bed.put("Appointment", before)
    assert next(row.status for row in reading.all(Appointment) if row.id == appointment.id) == "cancelled"
    assert [event.subject_id for event in reading.all(Event) if event.kind == "appointment_cancelled"] == [
        appointment.id
    ]


def test_what_a_file_brought_meanwhile_is_not_undone_by_reading_old_versions_again(reading, record_bed):
    from tests.records.bed import CHANGES

    pull_due(reading.ground)
    import_fhir(reading.ground, reading.clinic, CHANGES)
    gone = {row.id for row in reading.all(Patient) if row.status != "active"}
    assert pull_due(reading.ground) == 0
    assert {row.id for row in reading.all(Patient) if row.status != "active"} == gone


def test_a_page_that_never_came_is_read_the_next_time(reading, wire):
    wire.fail(*[("ok", None)] * 8, ("reset_before", None))
    assert pull_due(reading.ground) == 0
    cursors = {row.resource_type for row in reading.all(RecordCursor)}
    assert "Patient" in cursors
    assert "Appointment" not in cursors
    pull_due(reading.ground)
    assert (len(reading.all(Patient)), len(reading.all(Appointment))) == (240, 400)


def test_what_cannot_be_taken_opens_one_ticket_and_stops_nothing(reading, record_bed):
    nameless = {"resourceType": "Patient", "id": "nameless", "birthDate": "1950-01-01"}
    record_bed.put("Patient", nameless)
    try:
        for _ in range(2):
            pull_due(reading.ground)
    finally:
        import requests

        requests.delete(f"{record_bed.base_url}/Patient/nameless", timeout=10)
    assert [ticket.details["code"] for ticket in reading.all(Ticket)] == ["no_name"]
    assert len(reading.all(Patient)) == 240


def test_a_record_that_is_only_filed_to_is_not_read(day, wire):
    with day.ground.database.write() as session:
        connect(session, day.clinic.id, wire.base_url)
    assert pull_due(day.ground) == 0
    assert wire.seen == []


def test_a_record_that_does_not_answer_is_left_alone_for_a_while(reading, wire, clock):
    wire.fail(*[("reset_before", None)] * 100)
    for _ in range(20):
        pull_due(reading.ground)
        clock.advance(timedelta(seconds=5))
    assert len(wire.seen) < 15
    with reading.ground.database.read() as session:
        assert session.scalars(select(RecordEndpoint)).one().last_error == "no_connection"


def test_a_next_link_to_elsewhere_is_not_followed(wire):
    from app.records.errors import RecordRefused
    from app.records.fhir.client import FhirClient

    client = FhirClient(wire.base_url)
    with pytest.raises(RecordRefused, match="next_link_elsewhere"):
        client._next({"link": [{"relation": "next", "url": "https://elsewhere.example/fhir/Patient?page=2"}]})
    assert client._next({"link": [{"relation": "next", "url": "Patient?page=2"}]}) == f"{wire.base_url}/Patient?page=2"

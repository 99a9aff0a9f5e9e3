"""A patient's yes or no reaches the record once, on the right appointment, whatever the line does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fhir.resources.R4B.appointment import Appointment as AppointmentModel
from fhir.resources.R4B.appointmentresponse import AppointmentResponse as AppointmentResponseModel
from sqlalchemy import select

from app.appointments.models import Appointment
from app.appointments.rules import PatientReply
from app.patients.consent import record_consent
from app.patients.models import Patient
from app.patients.rules import ConsentStatus
from app.records.fhir.mapping_out import KEY_SYSTEM
from app.records.file_due import FiledDue, file_due
from app.records.models import Filing, RecordEndpoint, RecordLink
from app.support.models import Ticket

ONLY_PARTICIPANTS = {
    "resourceType": "CapabilityStatement",
    "fhirVersion": "4.0.1",
    "rest": [{"resource": [{"type": "Appointment", "interaction": [{"code": "read"}, {"code": "update"}]}]}],
}
READ_ONLY = {**ONLY_PARTICIPANTS, "rest": [{"resource": [{"type": "Appointment", "interaction": [{"code": "read"}]}]}]}


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (PatientReply.CONFIRMED, "accepted"),
        (PatientReply.WANTS_MOVE, "tentative"),
        (PatientReply.WANTS_CANCEL, "declined"),
    ],
    ids=["yes", "another time", "no"],
)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_reply_becomes_an_appointment_response(connected, wire, reply, status):
    appointment = connected.appointment()
    filing_id = connected.reply(appointment, reply)
    assert file_due(connected.ground) == FiledDue(filed=1)
    (sent,) = wire.sent("AppointmentResponse")
    AppointmentResponseModel.model_validate(sent)
    assert sent["participantStatus"] == status
    assert sent["appointment"]["reference"] == f"Appointment/{appointment.record_id}"
    assert sent["actor"]["reference"] == f"Patient/{connected.record_id_of(appointment.patient_id)}"
    assert sent["identifier"][0]["system"] == KEY_SYSTEM
    filing = connected.filing(filing_id)
    assert (filing.state, filing.payload) == ("filed", [sent])


def test_filing_twice_changes_nothing(connected, wire, record_bed):
    connected.reply(connected.appointment())
    assert file_due(connected.ground).filed == 1
    assert file_due(connected.ground) == FiledDue()
    _queue_again(connected)
    assert file_due(connected.ground).filed == 1
    (sent,) = wire.sent("AppointmentResponse")
    assert record_bed.versions("AppointmentResponse", sent["id"]) == 1


def test_the_same_event_again_queues_nothing(connected):
    from app.core.models import Event
    from app.records.handle_events import handle_event

    connected.reply(connected.appointment())
    with connected.ground.database.write() as session:
        event = session.scalars(select(Event).where(Event.kind == "appointment_replied")).one()
        handle_event(session, event, connected.ground.clock.now())
    assert len(connected.all(Filing)) == 1


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_changed_mind_renews_our_own_resource(connected, wire, record_bed):
    appointment = connected.appointment(1)
    connected.reply(appointment, PatientReply.CONFIRMED)
    file_due(connected.ground)
    connected.reply(appointment, PatientReply.WANTS_CANCEL)
    assert file_due(connected.ground).filed == 1
    first, second = wire.sent("AppointmentResponse")
    assert first["id"] == second["id"]
    assert record_bed.get(f"AppointmentResponse/{first['id']}").json()["participantStatus"] == "declined"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_staff_changed_in_our_resource_is_a_conflict_and_stays(connected, wire, record_bed):
    appointment = connected.appointment(2)
    connected.reply(appointment, PatientReply.CONFIRMED)
    file_due(connected.ground)
    (sent,) = wire.sent("AppointmentResponse")
    record_bed.change("AppointmentResponse", sent["id"], comment="Called her, all is well.")
    filing_id = connected.reply(appointment, PatientReply.WANTS_CANCEL)
    assert file_due(connected.ground) == FiledDue(needs_person=1)
    assert connected.filing(filing_id).state == "conflict"
    assert record_bed.get(f"AppointmentResponse/{sent['id']}").json()["comment"] == "Called her, all is well."
    assert [ticket.reason for ticket in connected.all(Ticket)] == ["filing_conflict"]


@pytest.mark.parametrize(
    "faults",
    [
        [("status", (503, {}))],
        [("status", (429, {"Retry-After": "30"}))],
        [("status", (500, {}))],
        [("reset_before", None)],
        [("ok", None), ("reset_before", None)],
        [("ok", None), ("ok", None), ("ok", None), ("ok", None), ("reset_before", None)],
        [("ok", None), ("ok", None), ("ok", None), ("ok", None), ("reset_after", None)],
    ],
    ids=["503", "429", "500", "reset", "reset at the chart", "reset before the write", "reset after the write"],
)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_bad_line_costs_time_only(connected, wire, record_bed, clock, faults):
    filing_id = connected.reply(connected.appointment(3))
    wire.fail(*faults)
    assert file_due(connected.ground).filed == 0
    assert not wire.faults, "the faults were not met"
    assert connected.filing(filing_id).state in ("pending", "retry")
    clock.advance(timedelta(hours=2))
    assert file_due(connected.ground) == FiledDue(filed=1)
    assert record_bed.versions("AppointmentResponse", wire.sent("AppointmentResponse")[-1]["id"]) == 1
    assert connected.all(Ticket) == []


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_server_that_asks_to_wait_is_left_alone(connected, wire, clock):
    connected.reply(connected.appointment(4))
    wire.fail(("ok", None), ("status", (429, {"Retry-After": "120"})))
    file_due(connected.ground)
    asked = len(wire.seen)
    clock.advance(timedelta(seconds=100))
    file_due(connected.ground)
    assert len(wire.seen) == asked
    clock.advance(timedelta(seconds=100))
    assert file_due(connected.ground).filed == 1


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_server_that_stays_down_is_not_hammered(connected, wire, clock):
    for number in range(3):
        connected.reply(connected.appointment(5 + number))
    wire.fail(*[("reset_before", None)] * 100)
    for _ in range(60):
        file_due(connected.ground)
        clock.advance(timedelta(minutes=1))
    assert len(wire.seen) < 25
    wire.faults.clear()
    clock.advance(timedelta(hours=3))
    assert file_due(connected.ground).filed == 3


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_write_that_met_another_is_looked_at_again(connected, wire):
    connected.reply(connected.appointment(8))
    wire.fail(*[("ok", None)] * 4, ("status", (412, {})))
    assert file_due(connected.ground) == FiledDue(filed=1)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_refusal_opens_one_ticket_and_no_chart_is_touched(connected, wire):
    filing_id = connected.reply(connected.appointment(9))
    wire.fail(*[("ok", None)] * 4, ("status", (422, {})))
    assert file_due(connected.ground) == FiledDue(needs_person=1)
    filing = connected.filing(filing_id)
    assert (filing.state, filing.reason) == ("rejected", "http_422:processing")
    (ticket,) = connected.all(Ticket)
    assert (ticket.reason, ticket.filing_id) == ("filing_rejected", filing_id)
    assert file_due(connected.ground) == FiledDue()


@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        ("Patient", {"birthDate": "1931-01-01"}, "birth_date_differs"),
        ("Patient", {"active": False}, "chart_inactive"),
        ("Patient", {"identifier": []}, "identifiers_differ"),
        ("Patient", {"link": [{"other": {"reference": "Patient/x1"}, "type": "replaced-by"}]}, "chart_merged"),
        ("Appointment", {"start": "2026-12-30T15:00:00Z", "end": "2026-12-30T15:30:00Z"}, "appointment_moved"),
        ("Appointment", {"status": "cancelled"}, "appointment_over"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_in_doubt_nothing_is_written(connected, wire, record_bed, kind, change, reason):
    appointment = connected.appointment(10)
    record_id = appointment.record_id if kind == "Appointment" else connected.record_id_of(appointment.patient_id)
    before = record_bed.get(f"{kind}/{record_id}").json()
    filing_id = connected.reply(appointment)
    record_bed.change(kind, record_id, **change)
    try:
        assert file_due(connected.ground) == FiledDue(needs_person=1)
    finally:
        record_bed.put(kind, before)
    assert (connected.filing(filing_id).state, connected.filing(filing_id).reason) == ("conflict", reason)
    assert wire.writes() == []
    assert len(connected.all(Ticket)) == 1


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_without_appointment_responses_only_the_patients_own_status_is_set(connected, wire, record_bed):
    appointment = connected.appointment(11)
    record_bed.change("Appointment", appointment.record_id, comment="Bring the old glasses.")
    wire.capabilities = ONLY_PARTICIPANTS
    connected.reply(appointment, PatientReply.CONFIRMED)
    assert file_due(connected.ground).filed == 1
    (sent,) = wire.sent("Appointment")
    AppointmentModel.model_validate(sent)
    there = record_bed.get(f"Appointment/{appointment.record_id}").json()
    assert there["comment"] == "Bring the old glasses."
    assert [each["status"] for each in there["participant"]] == ["accepted"] * 3
    assert "If-Match" in next(headers for method, _path, headers, _body in wire.seen if method == "PUT")
    _queue_again(connected)
    versions = record_bed.versions("Appointment", appointment.record_id)
    assert file_due(connected.ground).filed == 1
    assert record_bed.versions("Appointment", appointment.record_id) == versions


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_server_that_takes_no_replies_is_a_persons_matter(connected, wire):
    wire.capabilities = READ_ONLY
    filing_id = connected.reply(connected.appointment(12))
    assert file_due(connected.ground) == FiledDue(needs_person=1)
    assert connected.filing(filing_id).reason == "no_way_for_replies"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_server_of_another_fhir_version_is_not_written_to(connected, wire):
    wire.capabilities = {**ONLY_PARTICIPANTS, "fhirVersion": "3.0.2"}
    connected.reply(connected.appointment(12))
    assert file_due(connected.ground) == FiledDue()
    assert wire.writes() == []
    assert [row.last_error for row in connected.all(RecordEndpoint)] == ["not_r4"]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_filings_wait_until_a_record_is_connected_and_while_it_is_off(day, wire):
    from app.records.endpoints import connect

    day.reply(day.appointment(13))
    assert file_due(day.ground) == FiledDue()
    with day.ground.database.write() as session:
        connect(session, day.clinic.id, wire.base_url).is_on = False
    assert file_due(day.ground) == FiledDue()
    assert wire.seen == []
    with day.ground.database.write() as session:
        session.scalars(select(RecordEndpoint)).one().is_on = True
    assert file_due(day.ground) == FiledDue(filed=1)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_dry_run_builds_everything_and_writes_nothing(connected, wire, clock):
    with connected.ground.database.write() as session:
        session.scalars(select(RecordEndpoint)).one().is_dry_run = True
    filing_id = connected.reply(connected.appointment(14))
    assert file_due(connected.ground) == FiledDue(waiting=1)
    filing = connected.filing(filing_id)
    assert (filing.reason, filing.payload[0]["resourceType"]) == ("dry_run", "AppointmentResponse")
    assert wire.writes() == []
    assert connected.all(RecordLink) == []
    with connected.ground.database.write() as session:
        session.scalars(select(RecordEndpoint)).one().is_dry_run = False
    clock.advance(timedelta(hours=2))
    assert file_due(connected.ground).filed == 1


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_patient_who_withdrew_sharing_keeps_it_out_of_the_record(connected, wire):
    appointment = connected.appointment(15)
    with connected.ground.database.write() as session:
        record_consent(
            session,
            session.get_one(Patient, appointment.patient_id),
            status=ConsentStatus.WITHDRAWN,
            wording="said so",
            source="staff",
            now=connected.ground.clock.now(),
            channel="record",
        )
    filing_id = connected.reply(appointment)
    file_due(connected.ground)
    assert (connected.filing(filing_id).state, connected.filing(filing_id).reason) == ("skipped", "sharing_withdrawn")
    assert wire.writes() == []


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_an_appointment_moved_here_after_the_reply_is_not_confirmed(connected, wire):
    appointment = connected.appointment(16)
    filing_id = connected.reply(appointment)
    with connected.ground.database.write() as session:
        session.get_one(Appointment, appointment.id).start_at += timedelta(days=1)
    assert file_due(connected.ground) == FiledDue(needs_person=1)
    assert connected.filing(filing_id).reason == "appointment_moved"
    assert wire.writes() == []


def test_a_holder_that_died_loses_its_lease_and_its_late_word_is_not_heard(connected, clock):
    from app.records.rules import LEASE, FilingState
    from app.records.settle_filing import Outcome, claim_filings, settle_filing

    filing_id = connected.reply(connected.appointment(17))
    endpoint = connected.all(RecordEndpoint)[0]

    def claim():
        with connected.ground.database.write() as session:
            return claim_filings(
                session, connected.clinic.id, endpoint.id, now=clock.now(), machine_now=clock.now(), limit=5
            )

    (first,) = claim()
    assert claim() == []
    clock.advance(LEASE)
    (second,) = claim()
    with connected.ground.database.write() as session:
        assert settle_filing(session, first, Outcome(FilingState.REJECTED, "late"), clock.now()) is None
        assert settle_filing(session, second, Outcome(FilingState.FILED), clock.now()).id == filing_id
    assert connected.filing(filing_id).state == "filed"


def test_a_filing_that_kills_its_holders_goes_to_a_person(connected, clock):
    from app.records.rules import LEASE, MOST_CRASHES
    from app.records.settle_filing import claim_filings

    filing_id = connected.reply(connected.appointment(18))
    endpoint = connected.all(RecordEndpoint)[0]
    for _ in range(MOST_CRASHES + 1):
        with connected.ground.database.write() as session:
            claim_filings(session, connected.clinic.id, endpoint.id, now=clock.now(), machine_now=clock.now(), limit=5)
        clock.advance(LEASE)
    assert (connected.filing(filing_id).state, connected.filing(filing_id).reason) == ("rejected", "crashed")
    assert [ticket.filing_id for ticket in connected.all(Ticket)] == [filing_id]


def _queue_again(day) -> None:
    """As a restored backup would: the filing is waiting again, though the record has it."""
    with day.ground.database.write() as session:
        filing = session.scalars(select(Filing)).one()
        filing.state, filing.filed_at = "pending", None
        for link in session.scalars(select(RecordLink)):
            session.delete(link)

"""The clinic's day imported, a FHIR server that holds it, and a wire between them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.appointments.models import Appointment
from app.appointments.rules import AppointmentStatus, PatientReply
from app.core.clock import FrozenClock
from app.core.database import Database
from app.core.events import record_event
from app.core.ground import Ground
from app.core.models import Clinic, Event
from app.patients.models import Patient
from app.patients.rules import PatientStatus
from app.records.endpoints import connect
from app.records.handle_events import handle_event
from app.records.import_fhir import import_fhir
from app.records.models import Filing
from app.support.queues import make_default_queues
from tests.beds.parts import do_without
from tests.records.bed import DAY, RecordBed, Wire, start_record


@pytest.fixture(scope="session")
def record_bed() -> Iterator[RecordBed]:
    """A FHIR server with the clinic's day in it, started when the first test needs it."""
    from app.demo.record_server import RecordServer

    if not RecordServer.is_installed():
        do_without("FHIR server")
    bed = start_record()
    yield bed
    bed.stop()


@pytest.fixture
def wire(record_bed: RecordBed) -> Iterator[Wire]:
    opened = Wire(record_bed.base_url)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def ground(database: Database, clock: FrozenClock) -> Ground:
    return Ground(database=database, clock=clock, carriers={}, public_url="https://farline.example")


@pytest.fixture
def clinic(ground: Ground) -> Clinic:
    return make_clinic(ground)


def make_clinic(ground: Ground) -> Clinic:
    with ground.database.write() as session:
        clinic = Clinic(slug="pine-narrows", name="Pine Narrows", zone="America/Toronto", locale="en-CA")
        session.add(clinic)
        session.flush()
        make_default_queues(session, clinic.id)
    return clinic


@dataclass
class Day:
    """The clinic's day, imported, with helpers that act as patients and as time would."""

    ground: Ground
    clinic: Clinic

    def appointment(self, number: int = 0) -> Appointment:
        """One of the booked appointments still to come, of a patient who can be reached."""
        with self.ground.database.read() as session:
            found = session.scalars(
                select(Appointment)
                .join(Patient, Patient.id == Appointment.patient_id)
                .where(
                    Appointment.status == AppointmentStatus.BOOKED,
                    Appointment.start_at > self.ground.clock.now(),
                    Patient.status == PatientStatus.ACTIVE,
                )
                .order_by(Appointment.record_id)
                .offset(number)
                .limit(1)
            ).one()
            session.expunge_all()
        return found

    def record_id_of(self, patient_id: int) -> str:
        with self.ground.database.read() as session:
            return str(session.get_one(Patient, patient_id).record_id)

    def reply(self, appointment: Appointment, reply: PatientReply = PatientReply.CONFIRMED) -> int:
        """The patient answers the reminder; returns the filing's id."""
        now = self.ground.clock.now()
        with self.ground.database.write() as session:
            row = session.get_one(Appointment, appointment.id)
            row.reply, row.replied_at, row.reply_start_at = reply, now, row.start_at
            event = record_event(
                session, "appointment_replied", clinic_id=row.clinic_id, subject_id=row.id, now=now, reply=reply.value
            )
            session.flush()
            filing = handle_event(session, event, now)
            return filing.id

    def filing(self, filing_id: int) -> Filing:
        return next(filing for filing in self.all(Filing) if filing.id == filing_id)

    def all(self, table: type[Any]) -> list[Any]:
        with self.ground.database.read() as session:
            rows = list(session.scalars(select(table).order_by(table.id)))
            session.expunge_all()
        return rows


@pytest.fixture
def day(ground: Ground, clinic: Clinic) -> Day:
    import_fhir(ground, clinic, excerpt(60))
    return Day(ground, clinic)


def excerpt(appointments: int) -> bytes:
    """The first appointments of the day with whom and what they need; the whole day takes two seconds to import."""
    bundle = json.loads(DAY)
    entries = {kind: [each for each in bundle["entry"] if each["resource"]["resourceType"] == kind] for kind in KINDS}
    entries["Appointment"] = entries["Appointment"][:appointments]
    wanted = json.dumps(entries["Appointment"])
    entries["Patient"] = [each for each in entries["Patient"] if each["resource"]["id"] in wanted]
    return json.dumps({**bundle, "entry": [each for kind in KINDS for each in entries[kind]]}).encode()


KINDS = ("Organization", "Location", "Practitioner", "Patient", "Appointment")


@pytest.fixture
def connected(day: Day, wire: Wire) -> Day:
    """The day, with the record connected through the wire."""
    with day.ground.database.write() as session:
        connect(session, day.clinic.id, wire.base_url)
    return day


def events(session: Session) -> list[str]:
    return [event.kind for event in session.scalars(select(Event).order_by(Event.id))]

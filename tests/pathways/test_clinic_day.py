"""The whole clinic day imported and lived hour by hour: totals, nights, and those nothing may go to."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from app.appointments.models import Appointment, Site
from app.appointments.rules import REMINDED
from app.core.clock import FrozenClock
from app.core.database import Database
from app.core.models import Clinic, Event
from app.messaging.models import Message
from app.pathways.models import DueStep, Rung
from app.pathways.store import next_due
from app.patients.models import ContactPoint, Patient
from app.patients.rules import PatientStatus
from app.records.import_fhir import import_fhir
from app.support.models import Ticket
from tests.beds.small_clinic import SmallClinic, open_small_clinic

DAY = Path(__file__).parents[1] / "data" / "clinic-day"
BEGIN = datetime(2026, 12, 1, 14, tzinfo=UTC)
CHANGES = datetime(2026, 12, 6, 16, tzinfo=UTC)
END = datetime(2027, 3, 22, tzinfo=UTC)
END_ON_POSTGRESQL = datetime(2026, 12, 7, 20, tzinfo=UTC)  # enough to meet every kind of row there, and sooner done
HOUR = timedelta(hours=1)
GONE = (PatientStatus.DECEASED, PatientStatus.MERGED, PatientStatus.INACTIVE)


@pytest.fixture
def lived(database: Database, clock: FrozenClock) -> SmallClinic:
    """The day imported, the changes five days later, and time walked to the last appointment."""
    clock.at = BEGIN
    clinic = open_small_clinic(database, clock)
    take_in(clinic, "clinic-day.bundle.json")
    walk(clinic, CHANGES)
    take_in(clinic, "clinic-changes.bundle.json")
    walk(clinic, END if database.is_sqlite else END_ON_POSTGRESQL)
    return clinic


def take_in(clinic: SmallClinic, name: str) -> None:
    with clinic.look() as session:
        row = session.get_one(Clinic, clinic.clinic_id)
        session.expunge_all()
    import_fhir(clinic.ground, row, (DAY / name).read_bytes())
    clinic.tick(4)


def walk(clinic: SmallClinic, until: datetime) -> None:
    """Hour by hour, passing over hours in which nothing is due; some phones answer what they were asked."""
    answered: set[str] = set()
    while clinic.clock.at < until:
        with clinic.look() as session:
            waiting = session.scalar(select(func.min(Message.due_at)).where(Message.state == "pending"))
            moments = [moment for moment in (next_due(session), waiting, until) if moment is not None]
        clinic.clock.at = min(max(min(moments), clinic.clock.at + timedelta(hours=1)), until)
        clinic.tick(1)
        for number in {text.to for text in clinic.network.texts.values()} - answered:
            answered.add(number)
            if int(number[-2:]) % 4 == 0:
                clinic.hear(number, "1" if int(number[-1]) % 2 else "oui")
    clinic.tick(3)


@pytest.mark.slow
def test_a_clinics_day_ends_with_every_step_accounted_for_and_nothing_where_nothing_may_go(lived):
    with lived.look() as session:
        steps = session.scalars(select(DueStep)).all()
        patients = {row.id: row for row in session.scalars(select(Patient))}
        appointments = {row.id: row for row in session.scalars(select(Appointment))}
        sites = {row.id: row for row in session.scalars(select(Site))}
        messages = session.scalars(select(Message).where(Message.direction == "outbound")).all()
        booked = session.scalar(select(func.count()).where(Event.kind == "appointment_booked"))
        failed = session.scalars(select(Event).where(Event.handled_at.is_(None))).all()
        phones = select(ContactPoint.patient_id).where(ContactPoint.system == "phone", ContactPoint.is_current)
        reachable = set(session.scalars(phones.where(ContactPoint.state == "usable")))
        rungs = session.scalars(select(Rung)).all()
        tickets = Counter(session.scalars(select(Ticket.reason)))

        assert failed == []
        assert booked == 315
        assert len(steps) >= 2 * booked
        ended = [step for step in steps if step.ended_at is not None]
        assert all(step.due_at > lived.clock.at for step in steps if step not in ended)
        assert {step.state for step in ended} <= {"sent", "skipped", "cancelled", "missed"}
        assert all(step.reason for step in ended)
        missed = [step for step in steps if step.state == "missed"]  # we look at the clock only once an hour
        assert all(step.not_after - step.due_at < HOUR for step in missed)

        # One text per step at most, nobody at night, no text to a landline.
        assert max(Counter(m.due_step_id for m in messages if m.channel == "sms" and m.due_step_id).values()) == 1
        for message in messages:
            if message.accepted_at is None or message.class_ != "reminder":
                continue
            appointment = appointments[message.appointment_id]
            zone = patients[message.patient_id].zone or sites[appointment.site_id].zone
            assert 8 <= message.accepted_at.astimezone(ZoneInfo(zone)).hour < 21

        # Nothing after death, merge or leaving; nothing for an appointment that is off.
        for message in messages:
            if message.accepted_at is not None and message.accepted_at > CHANGES:
                assert patients[message.patient_id].status not in GONE
                if message.class_ == "reminder":
                    assert appointments[message.appointment_id].status in REMINDED
        off = {row.id for row in appointments.values() if row.status not in REMINDED}
        assert not {message.appointment_id for message in messages if message.created_at < CHANGES} & off - {
            row.id for row in appointments.values() if row.updated_at >= CHANGES
        }

        # Whoever has no usable number reaches a person; the rest were reached or answered.
        ended_since = [step for step in ended if step.ended_at > CHANGES + HOUR]  # some got a number in the changes
        unreachable = {step.patient_id for step in ended_since if step.reason == "no_contact"}
        assert not unreachable & reachable
        assert tickets["ladder_ran_out"] == sum(rung.action == "ticket" for rung in rungs)
        assert tickets["ladder_ran_out"] > 0
        assert any(row.reply == "confirmed" for row in appointments.values())

"""Staff take the locks and notices of a patient's phones off: with a reason to be there, at their own clinic."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app.core.audit import SYSTEM
from app.core.models import AuditEvent
from app.patients.models import Consent, Patient, PatientPasskey, PushSubscription
from app.patients.told_phones import tell_on_phone

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def give_lock(ground, patient_id):
    with ground.database.write() as session:
        patient = session.get_one(Patient, patient_id)
        session.add(
            PatientPasskey(
                clinic_id=patient.clinic_id, patient_id=patient.id, credential_id=f"of-{patient.id}", public_key=b"k",
                created_at=ground.clock.now(),
            )
        )  # fmt: skip


def locks_of(ground, patient_id):
    with ground.database.read() as session:
        wanted = select(func.count()).select_from(PatientPasskey).where(PatientPasskey.patient_id == patient_id)
        return session.scalar(wanted)


def test_an_agent_sees_that_there_is_one_takes_it_off_and_that_is_recorded(ground, north, sign_in):
    give_lock(ground, north.patient_id)
    agent = sign_in(north)
    page = f"/desk/patients/{north.patient_id}"
    assert "own lock opens this patient’s pages: 1" in agent.get(page).text
    assert agent.submit(f"{page}/passkeys").status_code == 303
    assert locks_of(ground, north.patient_id) == 0
    assert "own lock" not in agent.get(page).text
    with ground.database.read() as session:
        event = session.scalars(
            select(AuditEvent).where(AuditEvent.object_kind == "passkey", AuditEvent.patient_id.is_not(None))
        ).one()
        assert (event.action, event.actor_kind, event.patient_id) == ("removed", "staff", north.patient_id)


def test_an_agent_stops_the_notices_in_one_step(ground, north, south, sign_in):
    for made in (north, south):
        with ground.database.write() as session:
            patient = session.get_one(Patient, made.patient_id)
            address = f"https://push.example/{patient.id}"
            tell_on_phone(session, patient, address, locale="en-CA", actor=SYSTEM, now=ground.clock.now())
    agent = sign_in(north)
    page = f"/desk/patients/{north.patient_id}"
    assert "when something is waiting: 1" in agent.get(page).text
    assert agent.submit(f"{page}/notices").status_code == 303
    assert "when something is waiting" not in agent.get(page).text
    agent.client.post(f"/desk/patients/{south.patient_id}/notices", data={"csrf": "x"})
    with ground.database.read() as session:
        assert [each.patient_id for each in session.scalars(select(PushSubscription))] == [south.patient_id]
        assert session.scalars(select(Consent).order_by(Consent.id.desc())).first().source == "staff"


def test_another_clinics_patient_keeps_theirs(ground, north, south, sign_in):
    give_lock(ground, south.patient_id)
    give_lock(ground, north.patient_id)
    agent = sign_in(north)
    agent.get(f"/desk/patients/{north.patient_id}")
    token = {"csrf": agent.page.text.partition('name="csrf" value="')[2].partition('"')[0]}
    assert agent.client.post(f"/desk/patients/{south.patient_id}/passkeys", data=token).status_code == 404
    assert agent.client.post(f"/desk/patients/{north.patient_id}/passkeys").status_code in {400, 403}, "no token"
    assert locks_of(ground, south.patient_id) == locks_of(ground, north.patient_id) == 1

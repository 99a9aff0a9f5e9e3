"""Staff take a forgotten PIN off; only with a reason to be at this chart, and only at their own clinic."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.core.models import AuditEvent
from app.patients.models import Patient
from app.patients.pins import set_pin

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def give_pin(ground, patient_id):
    with ground.database.write() as session:
        set_pin(session.get_one(Patient, patient_id), "5093")


def has_pin(ground, patient_id):
    with ground.database.read() as session:
        return session.get_one(Patient, patient_id).pin_hash is not None


def test_an_agent_takes_it_off_and_that_is_recorded(ground, north, sign_in):
    give_pin(ground, north.patient_id)
    agent = sign_in(north)
    page = agent.get(f"/desk/patients/{north.patient_id}")
    assert "set a PIN" in page.text
    assert agent.submit(f"/desk/patients/{north.patient_id}/pin").status_code == 303
    assert not has_pin(ground, north.patient_id)
    assert "set a PIN" not in agent.get(f"/desk/patients/{north.patient_id}").text
    with ground.database.read() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.object_kind == "pin")).one()
        assert (event.actor_kind, event.patient_id, event.details) == ("staff", north.patient_id, {"pin": "off"})


def test_another_clinics_patient_keeps_theirs(ground, north, south, sign_in):
    give_pin(ground, south.patient_id)
    give_pin(ground, north.patient_id)
    agent = sign_in(north)
    agent.get(f"/desk/patients/{north.patient_id}")
    token = {"csrf": agent.page.text.partition('name="csrf" value="')[2].partition('"')[0]}
    assert agent.client.post(f"/desk/patients/{south.patient_id}/pin", data=token).status_code == 404
    assert agent.client.post(f"/desk/patients/{north.patient_id}/pin").status_code in {400, 403}, "no token"
    assert has_pin(ground, south.patient_id)
    assert has_pin(ground, north.patient_id)

"""A clinic with a family of two on one phone."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from app.core.database import Database
from app.core.models import Clinic
from app.patients.consent import record_consent
from app.patients.models import ContactPoint, Patient
from app.patients.rules import ConsentStatus
from app.patients.store import address_index
from tests.conftest import NOW

FAMILY_PHONE = "+18075550123"


@dataclass
class Family:
    database: Database
    clinic_id: int
    ada: int
    bo: int


@pytest.fixture
def family(database) -> Family:
    with database.write() as session:
        clinic = Clinic(slug="c", name="C", zone="America/Toronto", locale="en-CA")
        session.add(clinic)
        session.flush()
        ada, bo = (add_patient(session, clinic.id, born=born) for born in ("1950-02-03", "1999-12-31"))
    return Family(database, clinic.id, ada, bo)


def add_patient(session, clinic_id: int, *, born: str | None = "1950-02-03", consents: bool = True) -> int:
    patient = Patient(
        clinic_id=clinic_id, locale="en-CA", birth_date=born, created_at=NOW, updated_at=NOW, status="active"
    )
    session.add(patient)
    session.flush()
    add_number(session, patient, FAMILY_PHONE)
    if consents:
        record_consent(session, patient, status=ConsentStatus.GIVEN, wording="test", source="record", now=NOW)
    return patient.id


def add_number(session, patient: Patient, number: str, **more) -> ContactPoint:
    point = ContactPoint(
        clinic_id=patient.clinic_id, patient_id=patient.id, system="phone", address=number,
        address_index=address_index(number), created_at=NOW, **{"use": "mobile", "rank": 1, "state": "usable", **more},
    )  # fmt: skip
    session.add(point)
    session.flush()
    return point


def numbers_of(session, patient_id: int) -> list[ContactPoint]:
    return list(session.scalars(select(ContactPoint).where(ContactPoint.patient_id == patient_id)))

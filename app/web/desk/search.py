"""Finding patients by what is exact: a phone, chart or health number, or a family name with or without birth date."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.models import Clinic
from app.patients.models import Patient
from app.patients.rules import PatientStatus
from app.patients.store import birth_date_index, family_index, patient_with_identifier, patients_at
from channels.address import Address, normalise

MOST = 20


def find_patients(session: Session, clinic: Clinic, typed: str, born: str = "") -> list[Patient]:
    """Names and numbers are sealed, so only exact ones are found, through their blind indexes."""
    matches: dict[int, Patient] = {}
    address = normalise(typed, "CA")
    if isinstance(address, Address):
        matches |= {each.id: each for each in patients_at(session, clinic.id, address.value)}
    known = patient_with_identifier(session, clinic.id, typed)
    if known is not None:
        matches[known.id] = known
    matches |= {each.id: each for each in _by_name(session, clinic.id, typed, born)}
    return list(matches.values())[:MOST]


def _by_name(session: Session, clinic_id: int, family: str, born: str) -> list[Patient]:
    wanted = select(Patient).where(
        Patient.clinic_id == clinic_id,
        Patient.family_index == family_index(family),
        Patient.status != PatientStatus.MERGED,
    )
    if born:
        wanted = wanted.where(Patient.birth_date_index == birth_date_index(born))
    return list(session.scalars(wanted.order_by(Patient.id).limit(MOST)))

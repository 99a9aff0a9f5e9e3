"""All SQL of sites, practitioners and appointments."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.appointments.models import Appointment, Practitioner, Site
from app.appointments.rules import REMINDED
from app.patients.models import Patient
from app.patients.rules import PatientStatus, may_be_contacted


def sites_of(session: Session, clinic_id: int) -> dict[str, Site]:
    """The clinic's sites by the record's id."""
    rows = session.scalars(select(Site).where(Site.clinic_id == clinic_id, Site.record_id.is_not(None)))
    return {str(row.record_id): row for row in rows}


def practitioners_of(session: Session, clinic_id: int) -> dict[str, Practitioner]:
    """The clinic's practitioners by the record's id."""
    rows = session.scalars(select(Practitioner).where(Practitioner.clinic_id == clinic_id))
    return {row.record_id: row for row in rows}


def appointments_with(session: Session, clinic_id: int, record_ids: Collection[str]) -> dict[str, Appointment]:
    """Those of the clinic's appointments, by the record's id."""
    rows = session.scalars(
        select(Appointment).where(Appointment.clinic_id == clinic_id, Appointment.record_id.in_(record_ids))
    )
    return {str(row.record_id): row for row in rows}


def appointments_of(session: Session, patient_id: int) -> list[Appointment]:
    return list(session.scalars(select(Appointment).where(Appointment.patient_id == patient_id)))


def coming_appointments(session: Session, patient_id: int, *, after: datetime) -> list[Appointment]:
    """What the patient is still reminded of, the nearest first."""
    return list(
        session.scalars(
            select(Appointment)
            .where(Appointment.patient_id == patient_id, Appointment.start_at > after, Appointment.status.in_(REMINDED))
            .order_by(Appointment.start_at, Appointment.id)
        )
    )


def visits_between(
    session: Session, clinic_id: int, begins: datetime, ends: datetime, site_id: int | None
) -> Iterator[tuple[Appointment, Patient, Site | None]]:
    """Of everybody who may be contacted and has a visit that is still on and starts then: their earliest one."""
    wanted = (
        select(Appointment, Patient, Site)
        .join(Patient, Patient.id == Appointment.patient_id)
        .outerjoin(Site, Site.id == Appointment.site_id)
        .where(
            Appointment.clinic_id == clinic_id,
            Appointment.start_at >= begins,
            Appointment.start_at < ends,
            Appointment.status.in_(REMINDED),
        )
        .order_by(Appointment.start_at, Appointment.id)
    )
    if site_id is not None:
        wanted = wanted.where(Appointment.site_id == site_id)
    seen: set[int] = set()
    for visit, patient, site in session.execute(wanted).all():
        if patient.id not in seen and may_be_contacted(PatientStatus(patient.status)):
            seen.add(patient.id)
            yield visit, patient, site

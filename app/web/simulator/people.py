"""Whom the demo lets one play: patients with a phone, the ones something happens to soonest first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.appointments.models import Appointment, Site
from app.core.audit import Actor, record_audit
from app.demo.walk import next_due_step
from app.pathways.models import DueStep
from app.pathways.rules import DueState
from app.patients.models import ContactPoint, Patient
from app.patients.rules import ContactState, PatientStatus


@dataclass(frozen=True)
class Person:
    """A demo patient and the phone they hold."""

    id: int
    name: str
    number: str
    locale: str
    zone: str
    site: str
    takes_texts: bool
    birth_date: str  # the page behind a link asks for it
    next_step_at: datetime | None
    next_visit_at: datetime | None
    shares_phone_with: tuple[str, ...] = ()


def people(session: Session, *, now: datetime, search: str = "", limit: int = 60) -> list[Person]:
    """Active patients with a usable phone, soonest due step first; `search` looks in names and numbers."""
    next_step = (
        select(func.min(DueStep.due_at))
        .where(DueStep.patient_id == Patient.id, DueStep.state.in_((DueState.WAITING, DueState.ON_LADDER)))
        .scalar_subquery()
    )
    wanted = (
        select(Patient, ContactPoint, next_step)
        .join(ContactPoint, ContactPoint.patient_id == Patient.id)
        .where(
            Patient.status == PatientStatus.ACTIVE,
            ContactPoint.system == "phone",
            ContactPoint.state == ContactState.USABLE,
            ContactPoint.is_current.is_(True),
        )
        .order_by(next_step.asc().nulls_last(), Patient.id, ContactPoint.rank)
    )
    found: dict[int, Person] = {}
    for patient, contact, step_at in session.execute(wanted):
        if patient.id not in found and _matches(patient, contact, search):
            found[patient.id] = _person(session, patient, contact, step_at, now=now)
        if len(found) >= limit:
            break
    return list(found.values())


def person(session: Session, patient_id: int, *, now: datetime) -> Person | None:
    """One patient with a phone, and who else holds that phone."""
    patient = session.get(Patient, patient_id)
    contact = session.scalar(
        select(ContactPoint)
        .where(
            ContactPoint.patient_id == patient_id,
            ContactPoint.system == "phone",
            ContactPoint.state == ContactState.USABLE,
            ContactPoint.is_current.is_(True),
        )
        .order_by(ContactPoint.rank)
        .limit(1)
    )
    if patient is None or contact is None:
        return None
    record_audit(
        session, "viewed", "patient", patient.id, actor=Actor("operator"), now=now,
        clinic_id=patient.clinic_id, patient_id=patient.id, reason="simulator",
    )  # fmt: skip
    step_at = next_due_step(session, after=now, patient_id=patient_id)
    return _person(session, patient, contact, step_at, now=now)


def _person(
    session: Session, patient: Patient, contact: ContactPoint, step_at: datetime | None, *, now: datetime
) -> Person:
    visit = session.execute(
        select(Appointment, Site)
        .outerjoin(Site, Site.id == Appointment.site_id)
        .where(Appointment.patient_id == patient.id, Appointment.start_at > now, Appointment.status == "booked")
        .order_by(Appointment.start_at)
        .limit(1)
    ).first()
    site = visit[1] if visit else None
    return Person(
        id=patient.id,
        name=f"{patient.given} {patient.family}",
        number=contact.address,
        locale=patient.locale,
        zone=patient.zone or (site.zone if site and site.zone else "America/Toronto"),
        site=site.name if site else "",
        takes_texts=contact.use != "home" and not contact.is_landline,
        birth_date=patient.birth_date or "",
        next_step_at=step_at,
        next_visit_at=visit[0].start_at if visit else None,
        shares_phone_with=_sharers(session, contact),
    )


def _sharers(session: Session, contact: ContactPoint) -> tuple[str, ...]:
    others: Sequence[Patient] = session.scalars(
        select(Patient)
        .join(ContactPoint, ContactPoint.patient_id == Patient.id)
        .where(ContactPoint.address_index == contact.address_index, Patient.id != contact.patient_id)
        .where(Patient.status == PatientStatus.ACTIVE)
    ).all()
    return tuple(f"{other.given} {other.family}" for other in others)


def _matches(patient: Patient, contact: ContactPoint, search: str) -> bool:
    """Names with or without their accents; numbers as people group them."""
    digits = re.sub(r"[\s().+-]", "", search)
    if digits.isdecimal():
        return digits in contact.address
    return _plain(search.strip()) in _plain(f"{patient.given} {patient.family}")


def _plain(text: str) -> str:
    split = unicodedata.normalize("NFD", text.casefold())
    return "".join(each for each in split if not unicodedata.combining(each))

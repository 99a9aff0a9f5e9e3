"""Looking at looking: views of the last week that a privacy officer may want to ask about. A flag accuses nobody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.models import AuditEvent, Clinic
from app.patients.models import Patient
from app.patients.store import family_index
from app.staff.models import StaffAccount
from app.support.calendars import desk_hours
from app.support.hours import is_open

WEEK = timedelta(days=7)
MANY_IN_AN_HOUR = 40  # charts opened by one person within an hour


class FlagKind(StrEnum):
    SAME_NAME = "same_name"
    MANY = "many"
    OFF_SHIFT = "off_shift"
    NO_TICKET = "no_ticket"


@dataclass(frozen=True)
class Flag:
    kind: FlagKind
    staff_id: int
    who: str
    at: datetime
    patient_id: int | None = None
    reason: str | None = None
    count: int = 1


@dataclass(frozen=True)
class View:
    at: datetime
    staff: StaffAccount
    patient: Patient
    action: str
    reason: str | None


def flags(session: Session, clinic: Clinic, now: datetime) -> list[Flag]:
    """Newest first: same family name, many charts in an hour, outside desk hours, opened without a ticket."""
    views = _views(session, clinic.id, now - WEEK)
    found = [*_same_name(views), *_many(views), *_off_shift(views, clinic), *_no_ticket(views)]
    return sorted(found, key=lambda flag: flag.at, reverse=True)


def _views(session: Session, clinic_id: int, since: datetime) -> list[View]:
    wanted = (
        select(AuditEvent, StaffAccount, Patient)
        .join(StaffAccount, StaffAccount.id == AuditEvent.actor_id)
        .join(Patient, Patient.id == AuditEvent.patient_id)
        .where(
            AuditEvent.clinic_id == clinic_id,
            AuditEvent.at >= since,
            AuditEvent.actor_kind == "staff",
            AuditEvent.action.in_(("viewed", "broke_glass")),
        )
        .order_by(AuditEvent.at)
    )
    return [
        View(event.at, staff, patient, event.action, event.reason) for event, staff, patient in session.execute(wanted)
    ]


def _same_name(views: Iterable[View]) -> list[Flag]:
    """Once per person and patient."""
    first: dict[tuple[int, int], Flag] = {}
    for view in views:
        family = view.staff.name.split()[-1] if view.staff.name.split() else ""
        if family and view.patient.family_index == family_index(family):
            flag = Flag(FlagKind.SAME_NAME, view.staff.id, view.staff.name, view.at, view.patient.id)
            first.setdefault((view.staff.id, view.patient.id), flag)
    return list(first.values())


def _many(views: Iterable[View]) -> list[Flag]:
    """Once per person and clock hour."""
    seen: dict[tuple[int, datetime], set[int]] = defaultdict(set)
    names: dict[int, str] = {}
    for view in views:
        seen[view.staff.id, view.at.replace(minute=0, second=0, microsecond=0)].add(view.patient.id)
        names[view.staff.id] = view.staff.name
    return [
        Flag(FlagKind.MANY, staff_id, names[staff_id], hour, count=len(patients))
        for (staff_id, hour), patients in seen.items()
        if len(patients) >= MANY_IN_AN_HOUR
    ]


def _off_shift(views: Iterable[View], clinic: Clinic) -> list[Flag]:
    """Once per person and night."""
    hours = desk_hours(clinic)
    first: dict[tuple[int, str], Flag] = {}
    for view in views:
        if not is_open(view.at, hours):
            flag = Flag(FlagKind.OFF_SHIFT, view.staff.id, view.staff.name, view.at, view.patient.id)
            first.setdefault((view.staff.id, view.at.date().isoformat()), flag)
    return list(first.values())


def _no_ticket(views: Iterable[View]) -> list[Flag]:
    return [
        Flag(FlagKind.NO_TICKET, view.staff.id, view.staff.name, view.at, view.patient.id, view.reason)
        for view in views
        if view.action == "broke_glass"
    ]

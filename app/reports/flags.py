"""Looking at looking: views of the last week that a privacy officer may want to ask about. A flag accuses nobody."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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
from app.support.models import Ticket

WEEK = timedelta(days=7)
HOUR = timedelta(hours=1)
AFTERWARDS = timedelta(days=1)  # for so long a closed ticket is still a reason to look
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
    found = [
        *_same_name(views),
        *_many(views),
        *_off_shift(views, clinic),
        *_no_ticket(views, _tickets(session, views)),
    ]
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
            AuditEvent.action.in_(("viewed", "heard", "broke_glass")),
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
    """Within any sixty minutes, full hours or not; once per person and such stretch, with the most charts in it."""
    recent: dict[int, deque[View]] = defaultdict(deque)
    found: dict[int, list[Flag]] = defaultdict(list)
    for view in views:
        mine, flagged = recent[view.staff.id], found[view.staff.id]
        mine.append(view)
        while view.at - mine[0].at > HOUR:
            mine.popleft()
        count = len({each.patient.id for each in mine})
        if count < MANY_IN_AN_HOUR:
            continue
        if flagged and view.at - flagged[-1].at <= HOUR:
            flagged[-1] = replace(flagged[-1], count=max(count, flagged[-1].count))
        else:
            flagged.append(Flag(FlagKind.MANY, view.staff.id, view.staff.name, view.at, count=count))
    return [flag for flags_ in found.values() for flag in flags_]


def _off_shift(views: Iterable[View], clinic: Clinic) -> list[Flag]:
    """Once per person and night."""
    hours = desk_hours(clinic)
    first: dict[tuple[int, str], Flag] = {}
    for view in views:
        if not is_open(view.at, hours):
            flag = Flag(FlagKind.OFF_SHIFT, view.staff.id, view.staff.name, view.at, view.patient.id)
            first.setdefault((view.staff.id, view.at.date().isoformat()), flag)
    return list(first.values())


def _no_ticket(views: Iterable[View], tickets: Mapping[int, Sequence[Ticket]]) -> list[Flag]:
    """Each opening for a reason; and once per person and patient a look when no ticket of theirs was open, nor closed
    within the day, and no reason had been given (an old ticket opened again to look)."""
    found: list[Flag] = []
    known: set[tuple[int, int]] = set()
    for view in views:
        who = (view.staff.id, view.patient.id)
        is_reason = view.action == "broke_glass"
        if is_reason or not (who in known or _was_alive(tickets.get(view.patient.id, ()), view.at)):
            found.append(
                Flag(FlagKind.NO_TICKET, view.staff.id, view.staff.name, view.at, view.patient.id, view.reason)
            )
            known.add(who)
    return found


def _was_alive(tickets: Iterable[Ticket], at: datetime) -> bool:
    return any(
        ticket.created_at <= at and (ticket.closed_at is None or at <= ticket.closed_at + AFTERWARDS)
        for ticket in tickets
    )


def _tickets(session: Session, views: Iterable[View]) -> Mapping[int, Sequence[Ticket]]:
    """By patient, of the patients looked at."""
    wanted = select(Ticket).where(Ticket.patient_id.in_({view.patient.id for view in views}))
    found: dict[int, list[Ticket]] = defaultdict(list)
    for ticket in session.scalars(wanted):
        found[ticket.patient_id or 0].append(ticket)
    return found

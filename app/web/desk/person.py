"""Who a ticket is about, as the desk shows it: names, language, local time, number and how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.appointments.models import Appointment
from app.patients.models import ContactPoint, Patient
from app.patients.rules import ContactState
from app.patients.store import contact_for
from app.support.models import Ticket
from app.support.reply_to_patient import target_of
from app.web.desk import history
from app.web.shell.here import now, say, viewer
from app.web.shell.words import language_words

STATUS_SENTENCES = {
    "deceased": "The record says this patient has died.",
    "inactive": "The record says this patient is no longer with the clinic.",
    "merged": "This chart was merged into another one.",
}


@dataclass(frozen=True)
class Person:
    """`trust` says in words what the number proves."""

    patient_id: int | None
    name: str
    birth_date: str | None
    language: str
    zone: str
    local_time: datetime | None
    number: str | None
    is_on_page: bool  # a reply stays on the patient's page
    trust: tuple[str, ...]
    may_voicemail: bool
    status: str | None
    appointment: tuple[str, datetime] | None


def person_of(session: Session, ticket: Ticket | None, patient: Patient | None) -> Person:
    """Seen from a ticket, or (None) on the patient's own page."""
    point = _point(session, ticket, patient)
    target = target_of(session, ticket) if ticket else None
    zone = (patient.zone if patient else None) or viewer().zone
    return Person(
        patient_id=patient.id if patient else None,
        name=full_name(patient),
        birth_date=patient.birth_date if patient else None,
        language=language_words((patient or ticket or viewer()).locale),
        zone=zone,
        local_time=now() if zone != viewer().zone else None,
        number=point.address if point else (target.address if target and not target.is_page else None),
        is_on_page=bool(target and target.is_page),
        trust=_trust(session, point),
        may_voicemail=bool(point and point.safe_for_voicemail),
        status=_status_words(patient),
        appointment=_appointment(session, ticket, patient),
    )


def _point(session: Session, ticket: Ticket | None, patient: Patient | None) -> ContactPoint | None:
    """The one the ticket is about, else the patient's best number, to text or at least to call."""
    if ticket is not None and ticket.contact_point_id is not None:
        return session.get(ContactPoint, ticket.contact_point_id)
    if patient is None:
        return None
    return contact_for(session, patient, "sms") or contact_for(session, patient, "voice")


def full_name(patient: Patient | None) -> str:
    if patient is None:
        return say("Nobody we know yet")
    return " ".join(name for name in (patient.given, patient.family) if name) or say("No name in the record")


def _trust(session: Session, point: ContactPoint | None) -> tuple[str, ...]:
    if point is None:
        return (say("number not on file"),)
    words = [say("number verified") if point.verified_at else say("number on file, person not verified")]
    if history.sharers(session, point) > 1:
        words.append(say("shared by {count} patients", count=history.sharers(session, point)))
    if point.state == ContactState.SUSPENDED:
        words.append(say("suspended: nothing is sent"))
    if point.is_landline:
        words.append(say("landline, calls only"))
    return tuple(words)


def _status_words(patient: Patient | None) -> str | None:
    if patient is None or patient.status not in STATUS_SENTENCES:
        return None
    return say(STATUS_SENTENCES[patient.status])


def _appointment(session: Session, ticket: Ticket | None, patient: Patient | None) -> tuple[str, datetime] | None:
    """The one the ticket is about, else the patient's next one."""
    about = session.get(Appointment, ticket.appointment_id) if ticket and ticket.appointment_id else None
    if about is not None:
        return say("Appointment"), about.start_at
    all_of_them = history.appointments(session, history.About(patient.id)) if patient else ()
    coming = [each.start_at for each in all_of_them if each.start_at >= now()]
    return (say("Next appointment"), min(coming)) if coming else None

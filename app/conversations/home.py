"""A patient's home page: what is coming, what waits for an answer, what was said. Only after it is known who looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.appointments.models import Appointment, Site
from app.appointments.rules import PatientReply
from app.appointments.store import coming_appointments
from app.conversations.alarm_words import Alarm
from app.conversations.emergency_words import emergency_words
from app.conversations.visit import say_number
from app.core.audit import Actor, record_audit
from app.core.locale import say_day, say_time
from app.core.models import Clinic
from app.intake.models import Response
from app.intake.plans import plan_for
from app.intake.store import unfinished_responses
from app.messaging.models import Message
from app.messaging.quiet_hours import known_zone
from app.messaging.rules import Direction, MessageState
from app.patients.models import ContactPoint, Patient
from app.patients.store import callable_numbers, patients_at, shares_phone
from app.patients.told_phones import phones_of
from app.support.models import Ticket
from app.support.rules import UNDO_S

MOST_WORDS = 10
MOST_VISITS = 6


@dataclass(frozen=True)
class Coming:
    """One appointment, said in the place's own time; `elsewhere` is the time where the patient is, when it differs."""

    id: int
    start_at: datetime
    day: str
    time: str
    place: str
    elsewhere: str | None
    reply: PatientReply | None  # what the patient said about this very time


@dataclass(frozen=True)
class Waiting:
    """A form that is not finished. Its title is in the patient's language."""

    response_id: int
    title: str
    locale: str
    is_begun: bool


@dataclass(frozen=True)
class Words:
    """One message between the patient and the people of the clinic."""

    is_mine: bool
    body: str
    day: str
    time: str


@dataclass(frozen=True)
class Number:
    """A number the clinic has, named by its end: enough to know it, too little to learn it."""

    id: int
    end: str


@dataclass(frozen=True)
class Home:
    clinic: str
    emergency: str  # what to do now when a life is in danger
    phone: str | None  # E.164
    coming: tuple[Coming, ...]
    forms: tuple[Waiting, ...]
    words: tuple[Words, ...]
    numbers: tuple[Number, ...]
    has_pin: bool
    may_be_kept: bool  # on the patient's phone, for opening without a network
    is_told: bool  # on some phone, that something waits
    made_at: datetime
    day: str
    time: str


def open_home(session: Session, patient: Patient, *, locale: str, now: datetime, request_id: str | None = None) -> Home:
    """The page as it stands, in `locale`. That it was looked at is recorded."""
    clinic = session.get_one(Clinic, patient.clinic_id)
    zone = known_zone(patient.zone, clinic.zone)
    record_audit(
        session, "viewed", "home", patient.id, actor=Actor("patient", patient.id, request_id), now=now,
        clinic_id=clinic.id, patient_id=patient.id,
    )  # fmt: skip
    visits = coming_appointments(session, patient.id, after=now)[:MOST_VISITS]
    return Home(
        clinic=clinic.name,
        emergency=emergency_words(clinic, locale, Alarm.SELF_HARM),
        phone=clinic.phone,
        coming=tuple(_coming(session, each, clinic, patient, locale) for each in visits),
        forms=tuple(_waiting(session, each, locale) for each in unfinished_responses(session, patient.id)),
        words=tuple(_said(each, zone=zone, locale=locale) for each in messages_with(session, patient, now=now)),
        numbers=tuple(Number(each.id, _end(each)) for each in callable_numbers(session, patient)),
        has_pin=patient.pin_hash is not None,
        may_be_kept=patient.pin_hash is None and not shares_phone(session, patient),
        is_told=bool(phones_of(session, patient.id)),
        made_at=now,
        day=say_day(now, zone=zone, locale=locale),
        time=say_time(now, zone=zone, locale=locale),
    )


def place_of(session: Session, appointment: Appointment, clinic: Clinic) -> str:
    """Where to go: the site, or the clinic itself."""
    site = session.get(Site, appointment.site_id) if appointment.site_id else None
    return clinic.name if site is None or site.name in clinic.name else f"{site.name}, {clinic.name}"


def messages_with(session: Session, patient: Patient, *, now: datetime) -> list[Message]:
    """What the patient wrote to people and what people answered, oldest first; a reply that can still be taken back
    is not shown. Texts from a phone that several share are left out: another may have written them."""
    opening = select(Ticket.message_id).where(Ticket.patient_id == patient.id, Ticket.message_id.is_not(None))
    wanted = select(Message).where(
        Message.patient_id == patient.id,
        or_(Message.ticket_id.is_not(None), Message.id.in_(opening)),
        Message.body_sealed.is_not(None),
        or_(
            Message.direction == Direction.INBOUND,
            (Message.purpose == "reply")
            & (Message.created_at <= now - timedelta(seconds=UNDO_S))
            & (Message.state != MessageState.CANCELLED),
        ),
    )
    newest = session.scalars(wanted.order_by(Message.created_at.desc(), Message.id.desc()).limit(3 * MOST_WORDS))
    mine = [each for each in newest if each.channel == "web" or _is_theirs_alone(session, each)]
    return mine[:MOST_WORDS][::-1]


def _is_theirs_alone(session: Session, message: Message) -> bool:
    """A person's reply was meant for this patient; a text may come from whoever holds the phone."""
    if message.direction == Direction.OUTBOUND:
        return True
    return len(patients_at(session, message.clinic_id, message.address)) <= 1


def _coming(session: Session, appointment: Appointment, clinic: Clinic, patient: Patient, locale: str) -> Coming:
    site = session.get(Site, appointment.site_id) if appointment.site_id else None
    there = known_zone(site.zone if site else None, clinic.zone)
    time = say_time(appointment.start_at, zone=there, locale=locale)
    here = say_time(appointment.start_at, zone=known_zone(patient.zone, there), locale=locale)
    reply = appointment.reply if appointment.reply_start_at == appointment.start_at else None
    return Coming(
        id=appointment.id,
        start_at=appointment.start_at,
        day=say_day(appointment.start_at, zone=there, locale=locale),
        time=time,
        place=place_of(session, appointment, clinic),
        elsewhere=here if here != time else None,
        reply=PatientReply(reply) if reply is not None else None,
    )


def _waiting(session: Session, response: Response, locale: str) -> Waiting:
    plan = plan_for(session, response.questionnaire_id, locale)
    return Waiting(response.id, plan.title, plan.locale, response.state is not None)


def _said(message: Message, *, zone: str, locale: str) -> Words:
    return Words(
        is_mine=message.direction == Direction.INBOUND,
        body=message.body or "",
        day=say_day(message.created_at, zone=zone, locale=locale),
        time=say_time(message.created_at, zone=zone, locale=locale),
    )


def _end(point: ContactPoint) -> str:
    return say_number(point.address)[-4:]

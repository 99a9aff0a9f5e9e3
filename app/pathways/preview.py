"""Exactly what one patient would get for one appointment: when, on which channel, in which words, at what cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.appointments.models import Appointment
from app.appointments.rules import PatientReply
from app.conversations import appointment_words
from app.conversations.store import site_of
from app.conversations.visit import Visit, visit_of
from app.core.locale import say_day, say_time
from app.core.models import Clinic
from app.messaging.template_rules import cheapest
from app.pathways.climb import OF_ONE_WAY, may_be_reached_otherwise, why_not_at
from app.pathways.definition import Step, read_definition
from app.pathways.plan_enrolment import place_of
from app.pathways.rules import Action, Anchor, Place, Planned, RungKind, plan_steps
from app.pathways.store import pathways_from
from app.patients.models import Patient
from app.patients.store import contact_for
from channels.sms.segments import fold, measure


@dataclass(frozen=True)
class Foreseen:
    """One step as it would happen; `skipped` says why it would not. `local_time` is the patient's, in words."""

    pathway: str
    step: str
    at: datetime
    local_time: str
    zone: str
    channel: str | None
    body: str | None = None
    segments: int | None = None
    encoding: str | None = None
    offenders: tuple[str, ...] = ()
    skipped: str | None = None


def preview(session: Session, appointment: Appointment, now: datetime) -> list[Foreseen]:
    """What this appointment's patient would get from the clinic's current pathways, in order. Changes nothing."""
    patient = session.get_one(Patient, appointment.patient_id)
    place = place_of(session, patient, site_of(session, appointment))
    visit = visit_of(session, appointment, locale=patient.locale, zone=place.zone)
    found = [
        _foresee(
            session, pathway.name, step, planned, patient=patient, place=place, visit=visit, appointment=appointment
        )
        for pathway in pathways_from(session, appointment.clinic_id, Anchor.APPOINTMENT_START)
        for step, planned in _planned(read_definition(pathway.definition).steps, appointment, now, place)
    ]
    return sorted(found, key=lambda each: each.at)


def _planned(
    steps: tuple[Step, ...], appointment: Appointment, now: datetime, place: Place
) -> Iterator[tuple[Step, Planned]]:
    by_key = {step.key: step for step in steps}
    for planned in plan_steps([step.timing for step in steps], appointment.start_at, now, place):
        yield by_key[planned.key], planned


def _foresee(
    session: Session,
    pathway: str,
    step: Step,
    planned: Planned,
    *,
    patient: Patient,
    place: Place,
    visit: Visit,
    appointment: Appointment,
) -> Foreseen:
    channel, refusal = _channel(session, step, patient)
    body = _body(step, visit, appointment) if channel == RungKind.SMS else None
    if body is not None and not session.get_one(Clinic, patient.clinic_id).settings.get("keeps_accents", False):
        body = cheapest(body)
    counted = measure(body) if body is not None else None
    day = say_day(planned.due_at, zone=place.zone, locale=patient.locale)
    clock = say_time(planned.due_at, zone=place.zone, locale=patient.locale)
    return Foreseen(
        pathway=pathway,
        step=step.key,
        at=planned.due_at,
        local_time=f"{day}, {clock}",
        zone=place.zone,
        channel=channel,
        body=body,
        segments=counted.segments if counted else None,
        encoding=str(counted.encoding) if counted else None,
        offenders=tuple(counted.offenders) if counted else (),
        skipped=planned.skipped or refusal,
    )


def _channel(session: Session, step: Step, patient: Patient) -> tuple[str | None, str | None]:
    """The first rung by which the patient can be reached, or why none."""
    for rung in step.ladder:
        if rung.kind is RungKind.TICKET:
            return rung.kind, None
        channel = rung.kind.channel
        contact = contact_for(session, patient, channel)
        if contact is not None:
            refusal = why_not_at(session, patient, contact, channel, step)
            if refusal in OF_ONE_WAY and may_be_reached_otherwise(session, patient, step, refusal):
                continue
            return (None, refusal) if refusal else (channel, None)
    return None, "no_contact"


def _body(step: Step, visit: Visit, appointment: Appointment) -> str | None:
    if step.action is Action.REMIND:
        return fold(appointment_words.ask(visit))
    if step.action is Action.RECALL:
        is_confirmed = (
            appointment.reply == PatientReply.CONFIRMED and appointment.reply_start_at == appointment.start_at
        )
        return fold(appointment_words.recall(visit, is_confirmed=is_confirmed))
    return None

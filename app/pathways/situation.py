"""How things stand for one due step now: the patient, the appointment, the clock; and why it may not happen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.appointments.models import Appointment
from app.appointments.rules import REMINDED, PatientReply
from app.conversations.begin_conversation import is_line_busy
from app.conversations.store import site_of
from app.pathways.definition import Step, read_definition
from app.pathways.models import DueStep, Enrolment, Pathway
from app.pathways.plan_enrolment import APPOINTMENT, place_of
from app.pathways.rules import Action, DueState, EnrolmentState, Place, is_quiet, leave_quiet, moment_from
from app.patients.models import Patient
from app.patients.rules import PatientStatus, may_be_contacted
from app.patients.store import contact_for

POSTPONE = timedelta(minutes=15)


@dataclass(frozen=True)
class Ending:
    state: DueState
    reason: str


@dataclass(frozen=True)
class Situation:
    """Everything a step's decision needs, read in one place. `wait_until`: not now, but then."""

    due: DueStep
    step: Step | None
    enrolment: Enrolment
    patient: Patient
    appointment: Appointment | None
    place: Place
    now: datetime
    ladder_until: datetime
    wait_until: datetime | None

    @property
    def is_begun(self) -> bool:
        return self.due.state == DueState.ON_LADDER

    @property
    def has_time(self) -> bool:
        """Whether a further rung may still be climbed, now or after the wait."""
        return (self.wait_until or self.now) < self.ladder_until


def look_around(session: Session, due: DueStep, now: datetime) -> Situation:
    enrolment = session.get_one(Enrolment, due.enrolment_id)
    pathway = session.get_one(Pathway, enrolment.pathway_id)
    step = read_definition(pathway.definition).step(due.step)
    patient = session.get_one(Patient, due.patient_id, populate_existing=True)
    appointment = None
    if enrolment.anchor_kind == APPOINTMENT:
        appointment = session.get_one(Appointment, enrolment.anchor_id, populate_existing=True)
    place = place_of(session, patient, site_of(session, appointment))
    until = moment_from(enrolment.anchor_at, step.timing.ladder_until, place.zone) if step else due.not_after
    wait = _wait_until(session, due, patient, place, now)
    return Situation(due, step, enrolment, patient, appointment, place, now, until, wait)


def why_not(around: Situation) -> Ending | None:
    """The step's end, when it must not happen (or need not any more)."""
    if around.step is None or around.enrolment.state != EnrolmentState.ACTIVE:
        return Ending(DueState.CANCELLED, around.enrolment.reason or "pathway_changed")
    if not may_be_contacted(PatientStatus(around.patient.status)):
        return Ending(DueState.CANCELLED, f"patient_{around.patient.status}")
    if around.appointment is not None and (ending := _appointment_ended(around, around.appointment)):
        return ending
    if not around.is_begun and around.now > around.due.not_after:
        return Ending(DueState.MISSED, "too_late")
    if not around.is_begun and around.wait_until is not None and around.wait_until > around.due.not_after:
        return Ending(DueState.MISSED, "quiet_hours")
    return None


def _appointment_ended(around: Situation, appointment: Appointment) -> Ending | None:
    if appointment.status not in REMINDED:
        return Ending(DueState.CANCELLED, f"appointment_{appointment.status}")
    if appointment.start_at != around.enrolment.anchor_at:
        return Ending(DueState.CANCELLED, "rescheduled")
    if appointment.start_at <= around.now:
        return Ending(DueState.SENT if around.is_begun else DueState.MISSED, "appointment_started")
    return _answered(around, appointment)


def _answered(around: Situation, appointment: Appointment) -> Ending | None:
    """The patient has said already what the step would ask."""
    if appointment.reply is None or appointment.reply_start_at != appointment.start_at:
        return None
    assert around.step is not None
    if around.step.action is Action.REMIND:
        return Ending(DueState.SENT if around.is_begun else DueState.SKIPPED, "answered")
    if appointment.reply != PatientReply.CONFIRMED:
        return Ending(DueState.SENT if around.is_begun else DueState.SKIPPED, appointment.reply)
    return None


def _wait_until(session: Session, due: DueStep, patient: Patient, place: Place, now: datetime) -> datetime | None:
    """Quiet hours, or somebody answering a form on this phone right now."""
    if is_quiet(now, place):
        return leave_quiet(now, place)
    contact = contact_for(session, patient, "sms")
    is_busy = contact is not None and is_line_busy(session, contact, now=now)
    return now + POSTPONE if is_busy and now + POSTPONE <= due.not_after else None

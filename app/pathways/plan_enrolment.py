"""Enrolling and planning: due steps for an appointment or an act of staff, re-planned and cleared as that changes.

Everything here may be done twice: what is planned already stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.appointments.models import Appointment, Site
from app.appointments.rules import REMINDED
from app.conversations.store import site_of
from app.core.holidays import quiet_days
from app.core.models import Clinic
from app.messaging.cancel_messages import cancel_messages
from app.messaging.quiet_hours import known_zone
from app.pathways.definition import read_definition
from app.pathways.models import DueStep, Enrolment, Pathway
from app.pathways.rules import Anchor, DueState, EnrolmentState, Place, Planned, Quiet, plan_steps
from app.pathways.store import (
    PENDING,
    enrolment_of,
    enrolments_for,
    enrolments_of_patient,
    pathways_from,
    pending_steps,
    steps_of,
)
from app.patients.models import Patient
from app.patients.rules import PatientStatus, may_be_contacted

APPOINTMENT = "appointment"
STAFF = "staff"


@dataclass(frozen=True)
class Start:
    """What an enrolment is counted from, known by kind and id, and when that is."""

    kind: str
    id: int
    at: datetime


def plan_appointment(session: Session, appointment: Appointment, now: datetime) -> None:
    """Plan what this appointment asks for as it stands now; what was planned for an earlier time is cleared."""
    patient = session.get_one(Patient, appointment.patient_id)
    is_on = appointment.status in REMINDED and may_be_contacted(PatientStatus(patient.status))
    for enrolment in enrolments_for(session, APPOINTMENT, appointment.id):
        if enrolment.patient_id != patient.id:
            clear_enrolment(session, enrolment, reason="patient_changed", now=now)
        elif not is_on:
            clear_enrolment(session, enrolment, reason=f"appointment_{appointment.status}", now=now)
    if is_on and appointment.start_at > now:
        place = place_of(session, patient, site_of(session, appointment))
        start = Start(APPOINTMENT, appointment.id, appointment.start_at)
        for pathway in pathways_from(session, appointment.clinic_id, Anchor.APPOINTMENT_START):
            _plan(session, pathway, patient, start, place=place, now=now)


def enrol(session: Session, pathway: Pathway, patient: Patient, *, act_id: int, now: datetime) -> Enrolment:
    """Put a patient on a pathway that starts now. The same act again gives the same enrolment."""
    known = enrolment_of(session, pathway.id, patient.id, anchor_kind=STAFF, anchor_id=act_id)
    if known is not None:
        return known
    place = place_of(session, patient, None)
    return _plan(session, pathway, patient, Start(STAFF, act_id, now), place=place, now=now)


def clear_enrolment(session: Session, enrolment: Enrolment, *, reason: str, now: datetime) -> None:
    """Nothing more happens for this enrolment: open steps end, and what waits in the outbox is taken back."""
    for step in pending_steps(session, enrolment.id):
        end_step(session, step, DueState.CANCELLED, reason, now=now)
    enrolment.state, enrolment.reason, enrolment.updated_at = EnrolmentState.CANCELLED, reason, now


def clear_patient(session: Session, patient_id: int, *, reason: str, now: datetime) -> None:
    """Nothing more goes to this patient."""
    for enrolment in enrolments_of_patient(session, patient_id):
        clear_enrolment(session, enrolment, reason=reason, now=now)
    cancel_messages(session, reason=reason, now=now, patient_id=patient_id)


def end_step(session: Session, step: DueStep, state: DueState, reason: str, *, now: datetime) -> None:
    """The step's one end, with its reason. What still waits of it is taken back, unless it just was its last word."""
    step.state, step.reason, step.ended_at = state, reason, now
    if (state, reason) != (DueState.SENT, "sent"):
        cancel_messages(session, reason=reason, now=now, due_step_id=step.id)


def place_of(session: Session, patient: Patient, site: Site | None) -> Place:
    """Whose clock rules: the patient's zone, the site's, the clinic's; and the clinic's quiet hours."""
    clinic = session.get_one(Clinic, patient.clinic_id)
    zone = known_zone(patient.zone, site.zone if site is not None else None, clinic.zone)
    days = quiet_days(clinic.settings, clinic.province)
    return Place(zone, Quiet.between(clinic.quiet_from, clinic.quiet_until, days))


def _plan(
    session: Session, pathway: Pathway, patient: Patient, start: Start, *, place: Place, now: datetime
) -> Enrolment:
    enrolment = _enrolment(session, pathway, patient, start, now)
    occurrence = start.at.isoformat()
    planned_for = steps_of(session, enrolment.id)
    for step in planned_for:
        if step.state in PENDING and step.occurrence != occurrence:
            end_step(session, step, DueState.CANCELLED, "rescheduled", now=now)
    known = {step.step: step for step in planned_for if step.occurrence == occurrence}
    for planned in plan_steps(read_definition(pathway.definition).timings, start.at, now, place):
        if planned.key not in known:
            session.add(_due_step(enrolment, planned, occurrence, now))
        elif known[planned.key].state == DueState.CANCELLED:
            _revive(known[planned.key], planned)
    session.flush()
    return enrolment


def _enrolment(session: Session, pathway: Pathway, patient: Patient, start: Start, now: datetime) -> Enrolment:
    enrolment = enrolment_of(session, pathway.id, patient.id, anchor_kind=start.kind, anchor_id=start.id)
    if enrolment is None:
        enrolment = Enrolment(
            clinic_id=patient.clinic_id,
            pathway_id=pathway.id,
            patient_id=patient.id,
            anchor_kind=start.kind,
            anchor_id=start.id,
            anchor_at=start.at,
            created_at=now,
            updated_at=now,
        )
        session.add(enrolment)
        session.flush()
    enrolment.state, enrolment.reason = EnrolmentState.ACTIVE, None
    enrolment.anchor_at, enrolment.updated_at = start.at, now
    return enrolment


def _due_step(enrolment: Enrolment, planned: Planned, occurrence: str, now: datetime) -> DueStep:
    return DueStep(
        clinic_id=enrolment.clinic_id,
        enrolment_id=enrolment.id,
        patient_id=enrolment.patient_id,
        step=planned.key,
        occurrence=occurrence,
        due_at=planned.due_at,
        planned_at=planned.planned_at,
        not_after=planned.not_after,
        state=DueState.SKIPPED if planned.skipped else DueState.WAITING,
        reason=planned.skipped,
        created_at=now,
        ended_at=now if planned.skipped else None,
    )


def _revive(step: DueStep, planned: Planned) -> None:
    """Cancelled and booked again for the very same time: what was not sent yet is due after all."""
    if step.rung == 0 and planned.skipped is None:
        step.state, step.reason, step.ended_at = DueState.WAITING, None, None
        step.due_at = planned.due_at

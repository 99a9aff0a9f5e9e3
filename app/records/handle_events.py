"""What the record must be told because of something below: a finished form, a patient's answer about an appointment."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.appointments.models import Appointment
from app.core.models import Event
from app.intake.models import Response
from app.records.models import Filing
from app.records.queue_filing import queue_filing
from app.records.rules import FilingKind


def handle_event(session: Session, event: Event, now: datetime) -> Filing | None:
    """Queue a filing for `response_completed` and `appointment_replied`. The same event again changes nothing."""
    if event.kind == "response_completed":
        return _queue_response(session, event, now)
    if event.kind == "appointment_replied":
        return _queue_reply(session, event, now)
    return None


def _queue_response(session: Session, event: Event, now: datetime) -> Filing | None:
    response = session.get(Response, event.subject_id)
    if response is None:
        return None
    return queue_filing(
        session, FilingKind.RESPONSE, clinic_id=response.clinic_id, patient_id=response.patient_id,
        local_id=response.id, key=f"response/{response.id}", now=now,
    )  # fmt: skip


def _queue_reply(session: Session, event: Event, now: datetime) -> Filing | None:
    """Each reply is its own filing, since people change their minds; one the record knows nothing of has none."""
    appointment = session.get(Appointment, event.subject_id)
    if appointment is None or appointment.record_id is None:
        return None
    return queue_filing(
        session, FilingKind.APPOINTMENT_REPLY, clinic_id=appointment.clinic_id, patient_id=appointment.patient_id,
        local_id=appointment.id, key=f"appointment-reply/{appointment.id}/{event.id}", now=now,
    )  # fmt: skip

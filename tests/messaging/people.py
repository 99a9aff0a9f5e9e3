"""Rows that messaging tests begin with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.ground import Ground
from app.core.models import Clinic
from app.core.sealed import keyring
from app.messaging.queue_message import Draft, queue_messages
from app.messaging.rules import MessageClass, Priority
from app.patients.consent import record_consent
from app.patients.models import ContactPoint, Patient
from app.patients.rules import ConsentStatus, ContactState, PatientStatus


def make_clinic(session: Session, **said: Any) -> Clinic:
    usual = {
        "slug": "north",
        "name": "North Clinic",
        "zone": "America/Winnipeg",
        "locale": "en-CA",
        "sender": "+13435550100",
        "quiet_from": "21:00",
        "quiet_until": "08:00",
        "settings": {},
    }
    clinic = Clinic(**{**usual, **said})
    session.add(clinic)
    session.flush()
    return clinic


def make_patient(session: Session, clinic_id: int, phone: str, *, now: datetime, **said: Any) -> Patient:
    """An active patient with one usable phone and consent to be texted and called."""
    usual = {"status": PatientStatus.ACTIVE, "locale": "en-CA", "created_at": now, "updated_at": now}
    patient = Patient(clinic_id=clinic_id, **{**usual, **said})
    session.add(patient)
    session.flush()
    session.add(
        ContactPoint(
            clinic_id=clinic_id,
            patient_id=patient.id,
            system="phone",
            address=phone,
            address_index=keyring().blind_index("address", phone),
            state=ContactState.USABLE,
            created_at=now,
        )
    )
    record_consent(session, patient, status=ConsentStatus.GIVEN, wording="v1", source="record", now=now)
    return patient


def fill(ground: Ground, clinic_id: int, count: int, *, first: int = 0, priority: Priority = Priority.BULK) -> None:
    """So many texts of a campaign, each to an address of its own."""
    drafts = [
        Draft(
            clinic_id=clinic_id,
            channel="sms",
            address=f"+1306555{first + number:04}",
            purpose="reminder",
            cause=f"lines:{clinic_id}:{number}",
            body=str(clinic_id),
            class_=MessageClass.REMINDER,
            priority=priority,
        )
        for number in range(count)
    ]
    with ground.database.write() as session:
        queue_messages(session, drafts, now=ground.clock.now())

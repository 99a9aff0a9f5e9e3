"""Whose clock a conversation follows: the patient's, else the site's, else the clinic's."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.appointments.models import Appointment
from app.conversations.models import Conversation
from app.conversations.store import patient_of, site_of
from app.core.models import Clinic
from app.messaging.quiet_hours import known_zone


def zone_of(session: Session, conversation: Conversation) -> str:
    """The IANA zone times are said in."""
    patient = patient_of(session, conversation)
    appointment = session.get(Appointment, conversation.appointment_id) if conversation.appointment_id else None
    site = site_of(session, appointment)
    clinic = session.get_one(Clinic, conversation.clinic_id)
    return known_zone(patient.zone if patient else None, site.zone if site else None, clinic.zone)

"""After a ticket was closed: three short questions about how it went, when the agent asked for them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.conversations.begin_conversation import begin_form
from app.conversations.speak import Errand
from app.core.models import Event
from app.intake.begin_response import begin_response
from app.intake.store import current_version
from app.messaging.rules import MessageClass, Priority
from app.patients.models import Patient
from app.patients.rules import PatientStatus, may_be_contacted
from app.patients.store import contact_for

GOOD_FOR = timedelta(days=2)  # after that nobody remembers how it went


def ask_experience(session: Session, event: Event, now: datetime) -> None:
    """By text, not at night, behind whatever the patient was being asked. Nothing when the form is no longer published
    or there is no number; consent is checked when it leaves."""
    name, patient_id = event.details.get("questionnaire"), event.details.get("patient_id")
    if name is None or patient_id is None:
        return
    patient = session.get_one(Patient, patient_id)
    questionnaire, contact = current_version(session, patient.clinic_id, name), contact_for(session, patient, "sms")
    if questionnaire is None or contact is None or not may_be_contacted(PatientStatus(patient.status)):
        return
    response = begin_response(session, patient, questionnaire, patient.locale, now)
    errand = Errand(
        cause=f"closed:{event.subject_id}:{event.id}", purpose="question", class_=MessageClass.REMINDER,
        priority=Priority.REMINDER, not_after=now + GOOD_FOR,
    )  # fmt: skip
    begin_form(session, response, contact=contact, channel="sms", errand=errand, now=now, public_url="")

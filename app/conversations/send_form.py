"""The clinic sends one patient a form now: question by question by text or call, or a link to its page."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.conversations.begin_conversation import Begun, begin_form
from app.conversations.speak import Errand
from app.core.errors import Conflict, NotFound
from app.intake.begin_response import begin_response
from app.intake.store import current_version
from app.messaging.rules import MessageClass, Priority
from app.patients.models import Patient
from app.patients.store import contact_for

NO_CONTACT_SENTENCE = "This patient has no number that can be reached that way."


def send_form(
    session: Session, patient: Patient, name: str, *, channel: str, key: str, now: datetime, public_url: str
) -> Begun:
    """Ask the current version of questionnaire `name` on `channel` (sms, voice, web). The same `key` again sends once.

    Raises NotFound for an unknown questionnaire, Conflict when the patient cannot be reached that way.
    """
    questionnaire = current_version(session, patient.clinic_id, name)
    if questionnaire is None:
        raise NotFound
    contact = contact_for(session, patient, "voice" if channel == "voice" else "sms")
    if contact is None:
        raise Conflict(NO_CONTACT_SENTENCE)
    response = begin_response(session, patient, questionnaire, patient.locale, now)
    errand = Errand(f"sent:{key}", "question", MessageClass.CLINICAL, Priority.REPLY, obeys_quiet_hours=False)
    return begin_form(
        session, response, contact=contact, channel=channel, errand=errand, now=now, public_url=public_url
    )

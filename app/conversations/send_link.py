"""The address of a patient's page for one response, to be sent to that patient."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.intake.models import Response
from app.patients.links import create_link
from app.patients.models import Patient


def link_for(session: Session, response: Response, *, public_url: str, now: datetime) -> str:
    """A new link; earlier ones stay good until they expire, for whoever still has an older text."""
    patient = session.get_one(Patient, response.patient_id)
    made = create_link(session, patient, purpose="response", response_id=response.id, locale=response.locale, now=now)
    return f"{public_url}/p/{made.token}"

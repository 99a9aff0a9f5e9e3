"""The addresses of a patient's pages, to be sent to that patient: one form's, or home."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.conversations.switch_language import languages_of, switch_language
from app.intake.models import Response
from app.intake.rules import ResponseStatus
from app.patients.links import Opened, create_link, open_session
from app.patients.models import Patient
from forms.languages import match_language


def link_for(session: Session, response: Response, *, public_url: str, now: datetime) -> str:
    """A new link; earlier ones stay good until they expire, for whoever still has an older text."""
    patient = session.get_one(Patient, response.patient_id)
    made = create_link(session, patient, purpose="response", response_id=response.id, locale=response.locale, now=now)
    return f"{public_url}/p/{made.token}"


def home_link_for(
    session: Session, patient: Patient, *, public_url: str, locale: str, now: datetime, also: Sequence[int] = ()
) -> str:
    """A new link to the patient's home. `also`: others on the same phone, who come to their own with it."""
    made = create_link(session, patient, purpose="home", response_id=None, locale=locale, now=now, also=also)
    return f"{public_url}/p/{made.token}"


def open_form_of(
    session: Session, patient: Patient, response_id: int, *, locale: str, now: datetime, request_id: str | None
) -> Opened | None:
    """A form that waits for a patient who is known already, opened in this browser without asking again. None when it
    is another's, or finished."""
    response = session.get(Response, response_id)
    if response is None or response.patient_id != patient.id or response.status != ResponseStatus.IN_PROGRESS:
        return None
    made = create_link(session, patient, purpose="response", response_id=response.id, locale=locale, now=now)
    spoken = match_language(locale, languages_of(session, made.link)) or response.locale
    switch_language(session, made.link.id, spoken)
    return open_session(session, made.link, token=made.token, now=now, request_id=request_id)

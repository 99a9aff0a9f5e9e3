"""Beginning a response: one patient, one questionnaire version, to be answered on any channel."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.intake.models import PublishedQuestionnaire, Response
from app.intake.store import unfinished_response
from app.patients.models import Patient


def begin_response(
    session: Session,
    patient: Patient,
    questionnaire: PublishedQuestionnaire,
    locale: str,
    now: datetime,
    *,
    appointment_id: int | None = None,
) -> Response:
    """The patient's response to this version: the unfinished one if there is one, so that nothing is asked twice."""
    response = unfinished_response(session, patient.id, questionnaire.id)
    if response is not None:
        return response
    response = Response(
        clinic_id=patient.clinic_id,
        patient_id=patient.id,
        questionnaire_id=questionnaire.id,
        appointment_id=appointment_id,
        locale=locale,
        created_at=now,
        updated_at=now,
    )
    session.add(response)
    session.flush()
    return response

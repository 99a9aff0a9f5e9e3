"""What a patient told staff about being reached, noted in one step on the patient's page."""

from __future__ import annotations

from flask import Response, url_for
from sqlalchemy.orm import Session

from app.conversations.note_consent import Said, note_consent
from app.core.errors import NotFound, ShapeWrong
from app.patients.models import Patient
from app.patients.rules import ConsentStatus
from app.support.claim_ticket import Hand
from app.web.desk.blueprint import blueprint
from app.web.desk.consent_words import SCOPES
from app.web.desk.forms import act_once, text_of
from app.web.desk.patients import may_open
from app.web.desk.words import SAID_SENTENCES
from app.web.shell.database import found

_ACTS = {"withdraw": ConsentStatus.WITHDRAWN, "give": ConsentStatus.GIVEN}
_SAY_SENTENCE = "Choose what it is about and how the patient said it."


@blueprint.post("/patients/<int:patient_id>/consent", endpoint="note_consent")
def note(patient_id: int) -> Response:
    def act(session: Session, mine: Hand) -> str:
        patient = found(session, Patient, patient_id)
        if not may_open(session, patient):
            raise NotFound
        note_consent(session, patient, _said(patient), actor=mine.actor, now=mine.now)
        return url_for("desk.patient", patient_id=patient_id) + "#consent"

    return act_once(act)


def _said(patient: Patient) -> Said:
    status, scope, how = _ACTS.get(text_of("do")), SCOPES.get(text_of("about")), text_of("how")
    if status is None or scope is None or how not in SAID_SENTENCES:
        raise ShapeWrong(_SAY_SENTENCE)
    language = text_of("language")[:35]
    return Said(status, *scope, wording=how, locale=language or patient.locale)

"""An agent starts a pathway for the patient of a ticket: once per ticket, whatever is clicked."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.core.audit import record_audit
from app.core.errors import NotFound, ShapeWrong
from app.pathways.models import Enrolment
from app.pathways.plan_enrolment import enrol
from app.pathways.rules import Anchor
from app.pathways.store import current_pathway
from app.patients.models import Patient
from app.support.claim_ticket import Hand, keep_ticket
from app.support.rules import EventKind
from app.support.store import add_event

_NOBODY_SENTENCE = "Say first which patient this ticket is about."


def start_pathway(session: Session, ticket_id: int, name: str, hand: Hand) -> Enrolment:
    """Enrol the ticket's patient from now on. Raises NotFound for a pathway that staff cannot start."""
    ticket = keep_ticket(session, ticket_id, hand)
    if ticket.patient_id is None:
        raise ShapeWrong(_NOBODY_SENTENCE)
    pathway = current_pathway(session, ticket.clinic_id, name)
    if pathway is None or pathway.anchor != Anchor.ENROLLED:
        raise NotFound
    patient = session.get_one(Patient, ticket.patient_id)
    enrolment = enrol(session, pathway, patient, act_id=ticket.id, now=hand.now)
    ticket.updated_at = hand.now
    add_event(
        session, ticket, EventKind.PATHWAY_STARTED, now=hand.now, staff_id=hand.staff_id, pathway=pathway.name,
        enrolment_id=enrolment.id,
    )  # fmt: skip
    record_audit(
        session, "started", "pathway", enrolment.id, actor=hand.actor, now=hand.now, clinic_id=ticket.clinic_id,
        patient_id=patient.id, ticket_id=ticket.id,
    )  # fmt: skip
    return enrolment

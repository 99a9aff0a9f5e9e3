"""An internal note: words among staff, in a table of their own, on a route of their own. Nothing here can send."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.core.audit import record_audit
from app.core.errors import NotFound, ShapeWrong
from app.support.claim_ticket import Hand
from app.support.models import Note, Ticket
from app.support.rules import EventKind
from app.support.store import add_event

LONGEST = 4000


def add_note(session: Session, ticket_id: int, body: str, hand: Hand) -> Note:
    """Anyone who may work tickets may note, whoever holds it."""
    ticket = session.get(Ticket, ticket_id)
    text = body.replace("\0", "").strip()
    if ticket is None:
        raise NotFound
    if not text or len(text) > LONGEST:
        raise ShapeWrong("A note needs between 1 and {limit} characters.", limit=LONGEST)
    note = Note(
        clinic_id=ticket.clinic_id, ticket_id=ticket.id, patient_id=ticket.patient_id, staff_id=hand.staff_id,
        at=hand.now, body=text,
    )  # fmt: skip
    session.add(note)
    add_event(session, ticket, EventKind.NOTED, now=hand.now, staff_id=hand.staff_id, note_id=note.id)
    ticket.updated_at = hand.now
    record_audit(
        session, "noted", "ticket", ticket.id, actor=hand.actor, now=hand.now, clinic_id=ticket.clinic_id,
        patient_id=ticket.patient_id,
    )  # fmt: skip
    return note

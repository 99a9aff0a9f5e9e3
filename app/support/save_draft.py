"""Keeping what an agent has typed and not sent, one draft per agent and ticket."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.support.claim_ticket import Hand
from app.support.models import ReplyDraft, Ticket
from app.support.store import draft_of, drop_draft

LONGEST = 8000


def save_draft(session: Session, ticket_id: int, body: str, hand: Hand) -> None:
    """The newest words win; no words, no draft."""
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise NotFound
    if not body.strip():
        drop_draft(session, ticket_id, hand.staff_id)
        return
    draft = draft_of(session, ticket_id, hand.staff_id)
    if draft is None:
        draft = ReplyDraft(clinic_id=ticket.clinic_id, ticket_id=ticket_id, staff_id=hand.staff_id)
        session.add(draft)
    draft.body, draft.updated_at = body[:LONGEST], hand.now

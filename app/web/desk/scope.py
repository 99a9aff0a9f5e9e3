"""What a viewer reaches: tickets of this clinic, and when the person is bound to queues, of those queues only."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.support.models import Ticket
from app.web.shell.database import found
from app.web.shell.here import viewer


def our_ticket(session: Session, ticket_id: int) -> Ticket:
    """The ticket, when it is in this viewer's scope; else as if there were none."""
    ticket = found(session, Ticket, ticket_id)
    scope = viewer().queue_ids
    if scope is not None and ticket.queue_id not in scope:
        raise NotFound
    return ticket

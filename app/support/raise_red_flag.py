"""A red flag in a form: one urgent ticket per form, with every answer that raised one, in the commit of the words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.models import Clinic
from app.support.deadlines import set_deadlines
from app.support.models import Queue, Ticket
from app.support.open_ticket import alert_when_closed
from app.support.rules import EventKind, TicketState, Urgency, stricter
from app.support.store import add_event


@dataclass(frozen=True)
class Flag:
    """The rule that was met and the answer's path in the form; codes, never words."""

    rule: str
    path: str
    urgency: Urgency
    message_id: int | None = None

    @property
    def code(self) -> dict[str, str]:
        return {"rule": self.rule, "path": self.path}


def raise_red_flag(
    session: Session,
    response_id: int | None,
    flag: Flag,
    *,
    now: datetime,
    open_one: Callable[[str, Mapping[str, Any]], Ticket],
) -> Ticket:
    """The form's ticket, with this flag in it. `open_one(cause, details)` opens it when there is none.

    The same flag again changes nothing. After the ticket was closed, a new flag opens one of its own.
    """
    cause = f"red_flag:{response_id}"
    ticket = _standing(session, cause)
    if ticket is None:
        return open_one(cause, {"flags": [flag.code]})
    if flag.code in ticket.details.get("flags", ()):
        return ticket
    if ticket.state == TicketState.CLOSED:
        return open_one(f"{cause}:{flag.rule}@{flag.path}", {"flags": [flag.code]})
    _add(session, ticket, flag, now)
    return ticket


def _standing(session: Session, cause: str) -> Ticket | None:
    """The ticket of this form, or the one it was merged into."""
    ticket = session.scalars(select(Ticket).where(Ticket.cause == cause).with_for_update()).first()
    while ticket is not None and "merged_into" in ticket.details:
        ticket = session.get_one(Ticket, ticket.details["merged_into"])
    return ticket


def _add(session: Session, ticket: Ticket, flag: Flag, now: datetime) -> None:
    was, is_now = Urgency(ticket.urgency), stricter(Urgency(ticket.urgency), flag.urgency)
    ticket.details = {**ticket.details, "flags": [*ticket.details.get("flags", ()), flag.code]}
    ticket.urgency, ticket.updated_at = is_now, now
    ticket.version += 1
    add_event(session, ticket, EventKind.FLAGGED, now=now, message_id=flag.message_id, rule=flag.rule, path=flag.path)
    if is_now is not was:
        clinic, queue = session.get_one(Clinic, ticket.clinic_id), session.get_one(Queue, ticket.queue_id)
        set_deadlines(ticket, clinic=clinic, queue=queue, since=now)
        alert_when_closed(session, ticket, clinic, now=now)

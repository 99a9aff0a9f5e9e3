"""Red flags, of a form's answers and of words of danger alike: one urgent ticket a form or conversation, with every
reason in it, in the commit of the words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.core.models import Clinic
from app.support.deadlines import set_deadlines
from app.support.models import Queue, Ticket
from app.support.open_ticket import alert_when_closed
from app.support.rules import EventKind, TicketReason, TicketState, Urgency, stricter
from app.support.store import add_event


@dataclass(frozen=True)
class Flag:
    """The rule that was met, and where: the answer's path in a form, or `path` empty for a text's own words. Codes,
    never words. `cause` makes it once."""

    rule: str
    path: str
    urgency: Urgency
    cause: str
    message_id: int | None = None

    @property
    def code(self) -> dict[str, str]:
        return {"rule": self.rule, "path": self.path}


@dataclass(frozen=True)
class Raised:
    """The ticket, and whether this flag opened it: only then the patient has not been told yet what to do."""

    ticket: Ticket
    is_new: bool


def raise_red_flag(
    session: Session,
    flag: Flag,
    *,
    conversation_id: int,
    response_id: int | None,
    now: datetime,
    open_one: Callable[[str, Mapping[str, Any]], Ticket],
) -> Raised:
    """The ticket with this flag in it. `open_one(cause, details)` opens it when none stands.

    The same flag of a form again changes nothing. After the ticket was closed, a new flag opens one of its own.
    """
    raised = _raised_before(session, conversation_id, response_id)
    known = [_where_it_went(session, ticket) for ticket in raised]
    flagged = next((ticket for ticket in known if flag.path and flag.code in _flags(ticket)), None)
    standing = flagged or next((ticket for ticket in known if ticket.state != TicketState.CLOSED), None)
    if standing is None:
        is_taken = any(ticket.cause == flag.cause for ticket in raised)
        cause = f"{flag.cause}:{flag.rule}@{flag.path}" if is_taken else flag.cause
        return Raised(open_one(cause, {"flags": [flag.code]}), is_new=True)
    if flag.code not in _flags(standing):
        _add(session, standing, flag, now)
    return Raised(standing, is_new=False)


def _raised_before(session: Session, conversation_id: int, response_id: int | None) -> list[Ticket]:
    """Red flags of this form or this conversation, the newest first."""
    mine = [Ticket.conversation_id == conversation_id]
    if response_id is not None:
        mine.append(Ticket.response_id == response_id)
    wanted = select(Ticket).where(or_(*mine), Ticket.reason == TicketReason.RED_FLAG)
    return list(session.scalars(wanted.order_by(Ticket.id.desc()).with_for_update()))


def _where_it_went(session: Session, ticket: Ticket) -> Ticket:
    """The ticket, or the one it was merged into."""
    while "merged_into" in ticket.details:
        ticket = session.get_one(Ticket, ticket.details["merged_into"])
    return ticket


def _flags(ticket: Ticket) -> list[dict[str, str]]:
    return list(ticket.details.get("flags", ()))


def _add(session: Session, ticket: Ticket, flag: Flag, now: datetime) -> None:
    was, is_now = Urgency(ticket.urgency), stricter(Urgency(ticket.urgency), flag.urgency)
    ticket.details = {**ticket.details, "flags": [*_flags(ticket), flag.code]}
    ticket.urgency, ticket.updated_at = is_now, now
    ticket.version += 1
    add_event(session, ticket, EventKind.FLAGGED, now=now, message_id=flag.message_id, rule=flag.rule, path=flag.path)
    if is_now is not was:
        clinic, queue = session.get_one(Clinic, ticket.clinic_id), session.get_one(Queue, ticket.queue_id)
        set_deadlines(ticket, clinic=clinic, queue=queue, since=now)
        alert_when_closed(session, ticket, clinic, now=now)

"""The list of tickets: rows that identify nobody. Names appear when a ticket is opened, and opening is recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from app.patients.models import Patient
from app.staff.models import StaffAccount
from app.support.models import Queue, Ticket
from app.support.rules import TicketReason, Topic, Urgency
from app.support.sentences import SHORT_SENTENCES, TOPIC_SENTENCES, URGENCY_SENTENCES
from app.support.store import Which, listed_tickets
from app.web.shell.here import machine_now, say, viewer

MOST_ROWS = 60


class Shown(StrEnum):
    """Which part of the desk the list shows."""

    MINE = "mine"
    WAITING = "waiting"
    ALL = "all"
    SNOOZED = "snoozed"
    ESCALATED = "escalated"
    CLOSED = "closed"


SHOWN_SENTENCES = {
    Shown.MINE: "Mine",
    Shown.WAITING: "Waiting",
    Shown.ALL: "All open",
    Shown.SNOOZED: "Snoozed",
    Shown.ESCALATED: "Escalated",
    Shown.CLOSED: "Closed",
}


@dataclass(frozen=True)
class Row:
    """One line of the list, in words."""

    id: int
    urgency: str
    urgency_words: str
    reason: str
    who: str
    language: str
    queue: str
    since: datetime
    due: datetime | None
    holder: str | None
    is_mine: bool
    state: str


def rows(session: Session, shown: Shown, which: Which | None = None, *, limit: int = MOST_ROWS) -> list[Row]:
    """Of the viewer's own queues, narrowed by `which`."""
    found = listed_tickets(
        session, viewer().clinic_id, shown=shown.value, staff_id=viewer().staff_id,
        which=replace(which or Which(), scope=viewer().queue_ids), machine_now=machine_now(), limit=limit,
    )  # fmt: skip
    return [_row(*each) for each in found]


def queue_words(queue: Queue) -> str:
    """The four that every clinic has in the reader's language; others as the clinic named them."""
    return say(TOPIC_SENTENCES[Topic(queue.topic)]) if queue.name == queue.topic else queue.name


def initials(patient: Patient | None) -> str:
    if patient is None:
        return say("unknown")
    return " ".join(f"{name[:1].upper()}." for name in (patient.given, patient.family) if name) or "–"


def _row(ticket: Ticket, queue: Queue, patient: Patient | None, holder: StaffAccount | None) -> Row:
    urgency = Urgency(ticket.urgency)
    return Row(
        id=ticket.id,
        urgency=urgency.value,
        urgency_words=say(URGENCY_SENTENCES[urgency]),
        reason=say(SHORT_SENTENCES[TicketReason(ticket.reason)]),
        who=initials(patient),
        language=ticket.locale.partition("-")[0].upper(),
        queue=queue_words(queue),
        since=ticket.created_at,
        due=_next_due(ticket),
        holder=holder.name if holder and _is_held(ticket) else None,
        is_mine=ticket.holder_id == viewer().staff_id and _is_held(ticket),
        state=ticket.state,
    )


def _is_held(ticket: Ticket) -> bool:
    return ticket.lease_until is not None and ticket.lease_until > machine_now()


def _next_due(ticket: Ticket) -> datetime | None:
    return min((due for due in (ticket.claim_due_at, ticket.answer_due_at, ticket.close_due_at) if due), default=None)

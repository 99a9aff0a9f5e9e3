"""Opening a ticket, in the commit of whatever needs a person; and what the patient writes while a ticket is open."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.models import Clinic
from app.messaging.models import Message
from app.support.alert_on_call import alert_on_call
from app.support.calendars import desk_hours
from app.support.deadlines import set_deadlines, wait_for_answer
from app.support.hours import is_open
from app.support.models import Queue, Ticket
from app.support.queues import queue_for
from app.support.rules import EventKind, TicketReason, TicketState, Topic, Urgency, topic_of
from app.support.store import add_event, has_event


def open_ticket(  # noqa: PLR0913 - each id is one optional link of the ticket, all by keyword
    session: Session,
    *,
    clinic_id: int,
    reason: TicketReason,
    urgency: Urgency,
    cause: str | None,
    locale: str,
    now: datetime,
    patient_id: int | None = None,
    conversation_id: int | None = None,
    contact_point_id: int | None = None,
    appointment_id: int | None = None,
    response_id: int | None = None,
    filing_id: int | None = None,
    message_id: int | None = None,
    topic: Topic | None = None,
    **details: Any,
) -> Ticket:
    """A ticket in the queue its topic asks for, with its deadlines and its first event. The same cause gives the same
    ticket. `details` are ids and codes that fill the reason's sentence, never a patient's words."""
    found = _by_cause(session, cause)
    if found:
        return found
    queue = queue_for(session, clinic_id, topic or topic_of(reason), locale=locale, urgency=urgency)
    ticket = Ticket(
        clinic_id=clinic_id, queue_id=queue.id, reason=reason, urgency=urgency, cause=cause, locale=locale,
        patient_id=patient_id, conversation_id=conversation_id, contact_point_id=contact_point_id,
        appointment_id=appointment_id, response_id=response_id, filing_id=filing_id, message_id=message_id,
        details=details, state=TicketState.OPEN, created_at=now, updated_at=now,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(ticket)
    except IntegrityError:  # the same cause, this very moment, in another process
        return session.scalars(select(Ticket).where(Ticket.cause == cause)).one()
    clinic = session.get_one(Clinic, clinic_id)
    set_deadlines(ticket, clinic=clinic, queue=queue, since=now)
    add_event(session, ticket, EventKind.OPENED, now=now, message_id=message_id, reason=reason.value)
    alert_when_closed(session, ticket, clinic, now=now)
    return ticket


def alert_when_closed(session: Session, ticket: Ticket, clinic: Clinic, *, now: datetime) -> None:
    """Nobody is at the desk: an urgent ticket rings the on-call phone at once."""
    if ticket.urgency == Urgency.URGENT and not is_open(now, desk_hours(clinic)):
        alert_on_call(session, ticket, now=now, why="closed")


def patient_wrote(session: Session, ticket: Ticket, message: Message, now: datetime) -> None:
    """The patient's words go to the ticket: it wakes when snoozed, reopens when closed, and waits for an answer again.
    A ticket merged into another passes
    them on. The same message again changes nothing."""
    if "merged_into" in ticket.details:
        patient_wrote(session, session.get_one(Ticket, ticket.details["merged_into"]), message, now)
        return
    if has_event(session, ticket, EventKind.PATIENT_WROTE, message_id=message.id):
        return
    message.ticket_id = ticket.id
    add_event(session, ticket, EventKind.PATIENT_WROTE, now=now, message_id=message.id)
    clinic, queue = session.get_one(Clinic, ticket.clinic_id), session.get_one(Queue, ticket.queue_id)
    if ticket.state == TicketState.CLOSED:
        _reopen(session, ticket, now)
        set_deadlines(ticket, clinic=clinic, queue=queue, since=now)
    elif ticket.state == TicketState.SNOOZED:
        ticket.state, ticket.snoozed_until = TicketState.OPEN, None
    wait_for_answer(ticket, clinic=clinic, queue=queue, since=now)
    ticket.updated_at = now
    ticket.version += 1


def _reopen(session: Session, ticket: Ticket, now: datetime) -> None:
    ticket.state, ticket.closed_at, ticket.outcome, ticket.escalation = TicketState.OPEN, None, None, 0
    ticket.holder_id = ticket.lease_until = ticket.first_answered_at = ticket.first_claimed_at = None
    add_event(session, ticket, EventKind.REOPENED, now=now)


def _by_cause(session: Session, cause: str | None) -> Ticket | None:
    if cause is None:
        return None
    return session.scalars(select(Ticket).where(Ticket.cause == cause)).first()

"""All SQL of tickets. Functions take the session first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from app.core.locale import language_of
from app.messaging.models import Message
from app.patients.models import Patient
from app.staff.models import StaffAccount
from app.support.models import Note, Queue, ReplyDraft, Ticket, TicketEvent
from app.support.rules import (
    RAISED_FROM,
    SUPERVISED_FROM,
    CallOutcome,
    EventKind,
    TicketReason,
    TicketState,
    Topic,
    Urgency,
    Waiting,
    needs_of,
)


def add_event(
    session: Session,
    ticket: Ticket,
    kind: EventKind,
    *,
    now: datetime,
    staff_id: int | None = None,
    message_id: int | None = None,
    **details: Any,
) -> TicketEvent:
    """Append what happened to the ticket. `details` are ids and codes."""
    event = TicketEvent(
        ticket_id=ticket.id, kind=kind, at=now, staff_id=staff_id, message_id=message_id, details=details
    )
    session.add(event)
    return event


def open_call_back(session: Session, patient_id: int) -> Ticket | None:
    """The ticket in which this patient already waits for a call."""
    wanted = select(Ticket).where(
        Ticket.patient_id == patient_id, Ticket.reason == TicketReason.CALL_BACK, Ticket.state != TicketState.CLOSED
    )
    return session.scalars(wanted.order_by(Ticket.id).limit(1).with_for_update()).first()


def open_about_number(session: Session, clinic_id: int, cause_begins: str) -> Ticket | None:
    """The ticket still open whose cause begins so: what is said of one number again belongs to it."""
    wanted = select(Ticket).where(
        Ticket.clinic_id == clinic_id, Ticket.cause.startswith(cause_begins), Ticket.state != TicketState.CLOSED
    )
    return session.scalars(wanted.order_by(Ticket.id.desc()).limit(1)).first()


def has_event(session: Session, ticket: Ticket, kind: EventKind, *, message_id: int) -> bool:
    wanted = select(TicketEvent.id).where(
        TicketEvent.ticket_id == ticket.id, TicketEvent.kind == kind, TicketEvent.message_id == message_id
    )
    return session.scalars(wanted.limit(1)).first() is not None


def free(machine_now: datetime) -> ColumnElement[bool]:
    """Tickets anyone may take: open ones, and claimed ones whose lease has run out (`rules.is_free` in SQL)."""
    lapsed = and_(Ticket.state == TicketState.CLAIMED, Ticket.lease_until <= machine_now)
    return or_(Ticket.state == TicketState.OPEN, lapsed)


def waiting_tickets(
    session: Session,
    clinic_id: int,
    *,
    queue_ids: Iterable[int] | None,
    machine_now: datetime,
    limit: int,
    excluding: Sequence[int] = (),
) -> list[tuple[int, Waiting]]:
    """Free tickets as far as the choice needs them, the most urgent, then raised, then oldest first."""
    wanted = (
        select(
            Ticket.id,
            Queue.topic,
            Ticket.urgency,
            Ticket.locale,
            Ticket.escalation,
            Ticket.created_at,
            Ticket.reason,
            Queue.settings,
        )
        .join(Queue, Queue.id == Ticket.queue_id)
        .where(Ticket.clinic_id == clinic_id, free(machine_now), Ticket.id.not_in(excluding))
        .order_by(Ticket.urgency.desc(), (Ticket.escalation >= RAISED_FROM).desc(), Ticket.created_at, Ticket.id)
        .limit(limit)
    )
    if queue_ids is not None:
        wanted = wanted.where(Ticket.queue_id.in_(list(queue_ids)))
    return [
        (
            ticket_id,
            Waiting(
                Topic(topic),
                Urgency(urgency),
                locale,
                escalation >= RAISED_FROM,
                since,
                is_call=reason == TicketReason.CALL_BACK,
                needs=needs_of(settings),
            ),
        )
        for ticket_id, topic, urgency, locale, escalation, since, reason, settings in session.execute(wanted)
    ]


def change_if(session: Session, ticket_id: int, *conditions: ColumnElement[bool], **values: Any) -> bool:
    """One conditional UPDATE; whether it was ours. The version grows with every change."""
    changed = session.execute(
        update(Ticket)
        .where(Ticket.id == ticket_id, *conditions)
        .values(version=Ticket.version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(changed, CursorResult)
    return changed.rowcount == 1


def read_ticket(session: Session, ticket_id: int) -> Ticket:
    """The ticket as the database has it now, whatever this session saw before."""
    return session.get_one(Ticket, ticket_id, populate_existing=True)


def count_by_state(session: Session, clinic_id: int) -> dict[str, int]:
    rows = session.execute(
        select(Ticket.state, func.count()).where(Ticket.clinic_id == clinic_id).group_by(Ticket.state)
    )
    return {row[0]: row[1] for row in rows}


def lapsed_leases(session: Session, machine_now: datetime, *, limit: int) -> list[Ticket]:
    wanted = select(Ticket).where(Ticket.state == TicketState.CLAIMED, Ticket.lease_until <= machine_now)
    return list(session.scalars(wanted.order_by(Ticket.lease_until).limit(limit)))


def events_of(session: Session, ticket: Ticket) -> list[TicketEvent]:
    wanted = select(TicketEvent).where(TicketEvent.ticket_id == ticket.id)
    return list(session.scalars(wanted.order_by(TicketEvent.at, TicketEvent.id)))


def last_words(session: Session, ticket: Ticket) -> TicketEvent | None:
    """The newest time the patient wrote while this ticket was there."""
    wanted = select(TicketEvent).where(TicketEvent.ticket_id == ticket.id, TicketEvent.kind == EventKind.PATIENT_WROTE)
    return session.scalars(wanted.order_by(TicketEvent.at.desc(), TicketEvent.id.desc()).limit(1)).first()


def answers_standing(session: Session, ticket: Ticket) -> list[TicketEvent]:
    """What a person answered since the ticket was last opened, oldest first: replies nobody took back, and calls that
    reached the patient."""
    events = events_of(session, ticket)
    undone = {event.message_id for event in events if event.kind == EventKind.REPLY_UNDONE}
    standing: list[TicketEvent] = []
    for event in events:
        is_reply = event.kind == EventKind.REPLIED and event.message_id not in undone
        is_call = event.kind == EventKind.CALLED and event.details.get("outcome") == CallOutcome.REACHED
        if event.kind == EventKind.REOPENED:
            standing.clear()
        elif is_reply or is_call:
            standing.append(event)
    return standing


def draft_of(session: Session, ticket_id: int, staff_id: int) -> ReplyDraft | None:
    wanted = select(ReplyDraft).where(ReplyDraft.ticket_id == ticket_id, ReplyDraft.staff_id == staff_id)
    return session.scalars(wanted).first()


def drop_draft(session: Session, ticket_id: int, staff_id: int) -> None:
    session.execute(delete(ReplyDraft).where(ReplyDraft.ticket_id == ticket_id, ReplyDraft.staff_id == staff_id))


def notes_of(session: Session, ticket_id: int) -> list[Note]:
    return list(session.scalars(select(Note).where(Note.ticket_id == ticket_id).order_by(Note.at, Note.id)))


def snoozed_and_due(session: Session, now: datetime, *, limit: int) -> list[Ticket]:
    wanted = select(Ticket).where(Ticket.state == TicketState.SNOOZED, Ticket.snoozed_until <= now)
    return list(session.scalars(wanted.limit(limit).with_for_update(skip_locked=True)))


def queues_of(session: Session, clinic_id: int) -> list[Queue]:
    return list(session.scalars(select(Queue).where(Queue.clinic_id == clinic_id).order_by(Queue.id)))


@dataclass(frozen=True)
class Which:
    """Which tickets a list is about: those of the viewer's queues (None: all), one queue, language or urgency."""

    scope: frozenset[int] | None = None
    queue_id: int | None = None
    language: str | None = None
    urgency: Urgency | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        asked: list[ColumnElement[bool]] = []
        if self.scope is not None:
            asked.append(Ticket.queue_id.in_(self.scope))
        if self.queue_id is not None:
            asked.append(Ticket.queue_id == self.queue_id)
        if self.language is not None:
            asked.append(or_(Ticket.locale == self.language, Ticket.locale.startswith(f"{self.language}-")))
        if self.urgency is not None:
            asked.append(Ticket.urgency == self.urgency)
        return asked


def languages_waiting(session: Session, clinic_id: int) -> list[str]:
    """Language subtags of the tickets that are not closed."""
    wanted = select(Ticket.locale).where(Ticket.clinic_id == clinic_id, Ticket.state != TicketState.CLOSED).distinct()
    return sorted({language_of(locale) for locale in session.scalars(wanted)})


def listed_tickets(
    session: Session,
    clinic_id: int,
    *,
    shown: str,
    staff_id: int,
    which: Which,
    machine_now: datetime,
    limit: int,
) -> list[tuple[Ticket, Queue, Patient | None, StaffAccount | None]]:
    """What one part of the desk shows (mine, waiting, all, snoozed, escalated, closed), the next to be done first."""
    conditions: dict[str, ColumnElement[bool]] = {
        "mine": and_(Ticket.state == TicketState.CLAIMED, Ticket.holder_id == staff_id),
        "waiting": free(machine_now),
        "all": Ticket.state != TicketState.CLOSED,
        "snoozed": Ticket.state == TicketState.SNOOZED,
        "escalated": and_(Ticket.state != TicketState.CLOSED, Ticket.escalation >= SUPERVISED_FROM),
        "closed": Ticket.state == TicketState.CLOSED,
    }
    order = (
        (Ticket.closed_at.desc(),)
        if shown == "closed"
        else (Ticket.urgency.desc(), (Ticket.escalation >= RAISED_FROM).desc(), Ticket.created_at, Ticket.id)
    )
    wanted = (
        select(Ticket, Queue, Patient, StaffAccount)
        .join(Queue, Queue.id == Ticket.queue_id)
        .outerjoin(Patient, Patient.id == Ticket.patient_id)
        .outerjoin(StaffAccount, StaffAccount.id == Ticket.holder_id)
        .where(Ticket.clinic_id == clinic_id, conditions[shown], *which.conditions())
        .order_by(*order)
        .limit(limit)
    )
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(wanted)]


def desk_counts(
    session: Session, clinic_id: int, *, staff_id: int, machine_now: datetime, scope: frozenset[int] | None = None
) -> dict[str, int]:
    """How many tickets are mine, wait, are open at all, are snoozed, are urgent and wait, have escalated to the
    supervisors, and are mine and late."""
    wanted = select(
        func.count().filter(and_(Ticket.state == TicketState.CLAIMED, Ticket.holder_id == staff_id)),
        func.count().filter(free(machine_now)),
        func.count(),
        func.count().filter(Ticket.state == TicketState.SNOOZED),
        func.count().filter(and_(free(machine_now), Ticket.urgency == Urgency.URGENT)),
        func.count().filter(Ticket.escalation >= SUPERVISED_FROM),
        func.count().filter(
            and_(Ticket.state == TicketState.CLAIMED, Ticket.holder_id == staff_id, Ticket.escalation >= 1)
        ),
    ).where(Ticket.clinic_id == clinic_id, Ticket.state != TicketState.CLOSED, *Which(scope=scope).conditions())
    names = ("mine", "waiting", "all", "snoozed", "urgent", "escalated", "mine_late")
    return dict(zip(names, session.execute(wanted).one(), strict=True))


def late_tickets(session: Session, now: datetime, *, limit: int) -> list[Ticket]:
    """Alive tickets with a deadline in the past, locked where the database can."""
    due = (Ticket.claim_due_at, Ticket.answer_due_at, Ticket.close_due_at)
    wanted = select(Ticket).where(Ticket.state != TicketState.CLOSED, or_(*(column <= now for column in due)))
    return list(session.scalars(wanted.order_by(Ticket.id).limit(limit).with_for_update(skip_locked=True)))


def breached_timers(session: Session, ticket: Ticket) -> set[str]:
    """Timers whose breach was recorded since the ticket was last opened."""
    known: set[str] = set()
    for event in events_of(session, ticket):
        if event.kind == EventKind.REOPENED:
            known.clear()
        elif event.kind == EventKind.BREACHED:
            known.add(event.details["timer"])
    return known


def messages_of(session: Session, ticket: Ticket) -> list[Message]:
    """The messages that came with or went through this ticket."""
    mine = or_(Message.ticket_id == ticket.id, Message.id == ticket.message_id)
    return list(session.scalars(select(Message).where(mine)))


def others_of(session: Session, ticket: Ticket) -> list[Ticket]:
    """The patient's other tickets that are not closed."""
    if ticket.patient_id is None:
        return []
    wanted = select(Ticket).where(
        Ticket.patient_id == ticket.patient_id, Ticket.id != ticket.id, Ticket.state != TicketState.CLOSED
    )
    return list(session.scalars(wanted.order_by(Ticket.created_at)))

"""All SQL of the timeline: what happened with one patient, or in one ticket when nobody knows who it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from app.appointments.models import Appointment
from app.intake.models import Answer, PublishedQuestionnaire, Response
from app.intake.rules import AnswerState
from app.messaging.models import Call, Message
from app.pathways.models import DueStep
from app.pathways.rules import DueState
from app.patients.models import ContactPoint
from app.records.models import Filing
from app.staff.models import StaffAccount
from app.support.models import Note, Ticket, TicketEvent

MOST = 120  # of each kind; older ones are behind a link


def messages(session: Session, ticket: Ticket, before: datetime) -> Sequence[Message]:
    """The patient's, and this ticket's when the patient is not known."""
    mine: list[ColumnElement[bool]] = [Message.ticket_id == ticket.id]
    if ticket.patient_id is not None:
        mine.append(Message.patient_id == ticket.patient_id)
    if ticket.conversation_id is not None:
        mine.append(Message.conversation_id == ticket.conversation_id)
    if ticket.message_id is not None:
        mine.append(Message.id == ticket.message_id)
    return _newest(session, select(Message).where(or_(*mine)), Message.created_at, before)


def calls(session: Session, ticket: Ticket, before: datetime) -> Sequence[Call]:
    if ticket.patient_id is None:
        return []
    return _newest(session, select(Call).where(Call.patient_id == ticket.patient_id), Call.created_at, before)


def ticket_events(session: Session, ticket: Ticket, before: datetime) -> Sequence[tuple[TicketEvent, str | None]]:
    """Of this ticket and the patient's others, with the name of whoever did it."""
    mine = Ticket.id == ticket.id if ticket.patient_id is None else Ticket.patient_id == ticket.patient_id
    wanted = (
        select(TicketEvent, StaffAccount.name)
        .join(Ticket, Ticket.id == TicketEvent.ticket_id)
        .outerjoin(StaffAccount, StaffAccount.id == TicketEvent.staff_id)
        .where(mine, TicketEvent.at < before)
        .order_by(TicketEvent.at.desc(), TicketEvent.id.desc())
        .limit(MOST)
    )
    return [(row[0], row[1]) for row in session.execute(wanted)]


def notes(session: Session, ticket: Ticket, before: datetime) -> Sequence[tuple[Note, str]]:
    mine = Note.ticket_id == ticket.id
    if ticket.patient_id is not None:
        mine = or_(mine, Note.patient_id == ticket.patient_id)
    wanted = select(Note, StaffAccount.name).join(StaffAccount, StaffAccount.id == Note.staff_id).where(mine)
    return [(row[0], row[1]) for row in session.execute(wanted.where(Note.at < before).order_by(Note.at).limit(MOST))]


def due_steps(session: Session, ticket: Ticket, before: datetime) -> Sequence[DueStep]:
    """Reaching out that did not happen, with its reason; what did happen shows as its message."""
    if ticket.patient_id is None:
        return []
    quiet = (DueState.SKIPPED, DueState.CANCELLED, DueState.MISSED)
    wanted = select(DueStep).where(DueStep.patient_id == ticket.patient_id, DueStep.state.in_(quiet))
    return _newest(session, wanted.where(DueStep.ended_at.is_not(None)), DueStep.ended_at, before)


def filings(session: Session, ticket: Ticket, before: datetime) -> Sequence[Filing]:
    if ticket.patient_id is None:
        return []
    return _newest(session, select(Filing).where(Filing.patient_id == ticket.patient_id), Filing.updated_at, before)


def appointments(session: Session, ticket: Ticket) -> Sequence[Appointment]:
    if ticket.patient_id is None:
        return []
    wanted = select(Appointment).where(Appointment.patient_id == ticket.patient_id)
    return session.scalars(wanted.order_by(Appointment.start_at.desc()).limit(20)).all()


def responses(
    session: Session, ticket: Ticket, before: datetime
) -> Sequence[tuple[Response, PublishedQuestionnaire, Sequence[Answer]]]:
    """With the form's version and the answers that count now."""
    if ticket.patient_id is None:
        return []
    wanted = (
        select(Response, PublishedQuestionnaire)
        .join(PublishedQuestionnaire, PublishedQuestionnaire.id == Response.questionnaire_id)
        .where(Response.patient_id == ticket.patient_id, Response.updated_at < before)
        .order_by(Response.updated_at.desc())
        .limit(20)
    )
    return [(row[0], row[1], _current(session, row[0].id)) for row in session.execute(wanted)]


def sharers(session: Session, point: ContactPoint) -> int:
    """How many patients of the clinic are reached at this address."""
    wanted = select(func.count()).where(
        ContactPoint.clinic_id == point.clinic_id,
        ContactPoint.address_index == point.address_index,
        ContactPoint.is_current.is_(True),
    )
    return session.scalar(wanted) or 0


def _current(session: Session, response_id: int) -> Sequence[Answer]:
    wanted = select(Answer).where(Answer.response_id == response_id, Answer.state == AnswerState.CURRENT)
    return session.scalars(wanted.order_by(Answer.answered_at, Answer.id)).all()


def _newest(session: Session, wanted: Select[Any], column: Any, before: datetime) -> Sequence[Any]:
    return session.scalars(wanted.where(column < before).order_by(column.desc()).limit(MOST)).all()

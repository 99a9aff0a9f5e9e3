"""All SQL of the timeline: what happened with one patient, or in one ticket when nobody knows who it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from app.appointments.models import Appointment
from app.intake.models import Answer, PublishedQuestionnaire, Response
from app.intake.rules import AnswerState
from app.messaging.models import Call, Message, MessageAttachment
from app.messaging.rules import Direction
from app.pathways.models import DueStep, Rung
from app.pathways.rules import DueState
from app.patients.models import Consent, ContactPoint, OptOut
from app.records.models import Filing
from app.staff.models import StaffAccount
from app.support.models import Note, Ticket, TicketEvent


@dataclass(frozen=True)
class About:
    """Whose history: a patient's, and what belongs to a ticket whose patient is not known."""

    patient_id: int | None
    ticket_id: int | None = None
    conversation_id: int | None = None
    message_id: int | None = None


def about_ticket(ticket: Ticket) -> About:
    return About(ticket.patient_id, ticket.id, ticket.conversation_id, ticket.message_id)


MOST = 120  # of each kind; older ones are behind a link


def messages(session: Session, about: About, before: datetime) -> Sequence[Message]:
    """The patient's, and this ticket's when the patient is not known."""
    named = {
        Message.ticket_id: about.ticket_id,
        Message.patient_id: about.patient_id,
        Message.conversation_id: about.conversation_id,
        Message.id: about.message_id,
    }
    mine = [column == value for column, value in named.items() if value is not None]
    return _newest(session, select(Message).where(or_(*mine)), Message.created_at, before)


def attachments(session: Session, found: Sequence[Message]) -> dict[int, list[MessageAttachment]]:
    """What came with each of these messages, for those with which something came."""
    ids = [message.id for message in found if message.direction == Direction.INBOUND]
    sent: dict[int, list[MessageAttachment]] = {}
    wanted = select(MessageAttachment).where(MessageAttachment.message_id.in_(ids)).order_by(MessageAttachment.number)
    for each in session.scalars(wanted) if ids else ():
        sent.setdefault(each.message_id, []).append(each)
    return sent


def rung_reasons(session: Session, found: Sequence[Message]) -> dict[int, tuple[str, str]]:
    """message -> (step, why it was sent), for what a pathway sent."""
    ids = [message.id for message in found if message.due_step_id]
    wanted = select(Rung.message_id, DueStep.step, Rung.reason).join(DueStep, DueStep.id == Rung.due_step_id)
    rows = session.execute(wanted.where(Rung.message_id.in_(ids)))
    return {row[0]: (row[1], row[2]) for row in rows if row[0] is not None}


def verified_points(session: Session, found: Sequence[Message]) -> frozenset[int]:
    """The contact points among those of these messages at which somebody made sure who answers."""
    ids = {message.contact_point_id for message in found if message.contact_point_id}
    wanted = select(ContactPoint.id).where(ContactPoint.id.in_(ids), ContactPoint.verified_at.is_not(None))
    return frozenset(session.scalars(wanted))


def consents(session: Session, about: About, before: datetime) -> Sequence[Consent]:
    if about.patient_id is None:
        return []
    return _newest(session, select(Consent).where(Consent.patient_id == about.patient_id), Consent.at, before)


def opt_outs(session: Session, about: About, before: datetime) -> Sequence[OptOut]:
    """STOP from any address of the patient."""
    mine = select(ContactPoint.address_index).where(ContactPoint.patient_id == about.patient_id)
    return _newest(session, select(OptOut).where(OptOut.address_index.in_(mine)), OptOut.at, before)


def calls(session: Session, about: About, before: datetime) -> Sequence[Call]:
    if about.patient_id is None:
        return []
    return _newest(session, select(Call).where(Call.patient_id == about.patient_id), Call.created_at, before)


def ticket_events(session: Session, about: About, before: datetime) -> Sequence[tuple[TicketEvent, str | None]]:
    """Of the patient's tickets, or of this one, with the name of whoever did it."""
    mine = Ticket.id == about.ticket_id if about.patient_id is None else Ticket.patient_id == about.patient_id
    wanted = (
        select(TicketEvent, StaffAccount.name)
        .join(Ticket, Ticket.id == TicketEvent.ticket_id)
        .outerjoin(StaffAccount, StaffAccount.id == TicketEvent.staff_id)
        .where(mine, TicketEvent.at < before)
        .order_by(TicketEvent.at.desc(), TicketEvent.id.desc())
        .limit(MOST)
    )
    return [(row[0], row[1]) for row in session.execute(wanted)]


def notes(session: Session, about: About, before: datetime) -> Sequence[tuple[Note, str]]:
    mine = Note.ticket_id == about.ticket_id if about.patient_id is None else Note.patient_id == about.patient_id
    wanted = select(Note, StaffAccount.name).join(StaffAccount, StaffAccount.id == Note.staff_id)
    wanted = wanted.where(mine, Note.at < before).order_by(Note.at.desc()).limit(MOST)
    return [(row[0], row[1]) for row in session.execute(wanted)]


def due_steps(session: Session, about: About, before: datetime) -> Sequence[DueStep]:
    """Reaching out that did not happen, with its reason; what did happen shows as its message."""
    if about.patient_id is None:
        return []
    quiet = (DueState.SKIPPED, DueState.CANCELLED, DueState.MISSED)
    wanted = select(DueStep).where(DueStep.patient_id == about.patient_id, DueStep.state.in_(quiet))
    return _newest(session, wanted.where(DueStep.ended_at.is_not(None)), DueStep.ended_at, before)


def filings(session: Session, about: About, before: datetime) -> Sequence[Filing]:
    if about.patient_id is None:
        return []
    return _newest(session, select(Filing).where(Filing.patient_id == about.patient_id), Filing.updated_at, before)


def appointments(session: Session, about: About) -> Sequence[Appointment]:
    if about.patient_id is None:
        return []
    wanted = select(Appointment).where(Appointment.patient_id == about.patient_id)
    return session.scalars(wanted.order_by(Appointment.start_at.desc()).limit(20)).all()


def responses(
    session: Session, about: About, before: datetime
) -> Sequence[tuple[Response, PublishedQuestionnaire, Sequence[Answer]]]:
    """With the form's version and the answers that count now."""
    if about.patient_id is None:
        return []
    wanted = (
        select(Response, PublishedQuestionnaire)
        .join(PublishedQuestionnaire, PublishedQuestionnaire.id == Response.questionnaire_id)
        .where(Response.patient_id == about.patient_id, Response.updated_at < before)
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

"""All SQL of conversations. Functions take the session first."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.appointments.models import Appointment, Site
from app.conversations.models import Conversation
from app.conversations.rules import OPEN_STATES, ConversationKind, ConversationState
from app.core.models import Clinic
from app.patients.models import Patient

RECENTLY = timedelta(days=7)


def lock_address(session: Session, clinic_id: int, address_index: str) -> None:
    """One text from an address at a time, so that two that arrive together are taken in turn."""
    if session.get_bind().dialect.name == "postgresql":  # SQLite's writers already stand in line
        key = int(address_index[:15], 16) ^ (clinic_id & 0xFFFFFFFF)
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def lock_conversation(session: Session, conversation_id: int) -> Conversation:
    """The conversation as the database has it now, held until this transaction ends."""
    wanted = select(Conversation).where(Conversation.id == conversation_id).with_for_update()
    return session.scalars(wanted.execution_options(populate_existing=True)).one()


def open_at(session: Session, clinic_id: int, address_index: str) -> list[Conversation]:
    """Conversations at this address that are not over, oldest first, locked."""
    wanted = (
        select(Conversation)
        .where(
            Conversation.clinic_id == clinic_id,
            Conversation.address_index == address_index,
            Conversation.state.in_(OPEN_STATES),
        )
        .order_by(Conversation.id)
        .with_for_update()
    )
    return list(session.scalars(wanted.execution_options(populate_existing=True)))


def open_for_appointment(session: Session, appointment_id: int) -> Conversation | None:
    wanted = select(Conversation).where(
        Conversation.appointment_id == appointment_id,
        Conversation.kind == ConversationKind.APPOINTMENT,
        Conversation.state.in_(OPEN_STATES),
    )
    return session.scalars(wanted.order_by(Conversation.id.desc()).limit(1).with_for_update()).first()


def newest_for_appointment(session: Session, appointment_id: int) -> Conversation | None:
    """The conversation about this appointment, over or not."""
    wanted = select(Conversation).where(
        Conversation.appointment_id == appointment_id, Conversation.kind == ConversationKind.APPOINTMENT
    )
    return session.scalars(wanted.order_by(Conversation.id.desc()).limit(1)).first()


def open_for_response(session: Session, response_id: int) -> Conversation | None:
    wanted = select(Conversation).where(Conversation.response_id == response_id, Conversation.state.in_(OPEN_STATES))
    return session.scalars(wanted.order_by(Conversation.id.desc()).limit(1).with_for_update()).first()


def newest_for_response(session: Session, response_id: int) -> Conversation | None:
    """The conversation about this response, over or not."""
    wanted = select(Conversation).where(Conversation.response_id == response_id)
    return session.scalars(wanted.order_by(Conversation.id.desc()).limit(1)).first()


def open_of_patient(session: Session, patient_id: int) -> list[Conversation]:
    wanted = select(Conversation).where(Conversation.patient_id == patient_id, Conversation.state.in_(OPEN_STATES))
    return list(session.scalars(wanted.order_by(Conversation.id).with_for_update()))


def held_by(session: Session, ticket_id: int) -> list[Conversation]:
    wanted = select(Conversation).where(
        Conversation.held_by_ticket_id == ticket_id, Conversation.state == ConversationState.HELD
    )
    return list(session.scalars(wanted.with_for_update()))


def newest_ended(
    session: Session, clinic_id: int, address_index: str, *, state: ConversationState, now: datetime
) -> Conversation | None:
    """The conversation at this address that most recently ended this way, if not long ago."""
    wanted = select(Conversation).where(
        Conversation.clinic_id == clinic_id,
        Conversation.address_index == address_index,
        Conversation.state == state,
        Conversation.ended_at >= now - RECENTLY,
    )
    return session.scalars(wanted.order_by(Conversation.ended_at.desc()).limit(1).with_for_update()).first()


def answered_ahead(session: Session, clinic_id: int, address_index: str, now: datetime) -> list[Conversation]:
    """Appointment conversations that are over while their appointment is still to come: minds may change."""
    wanted = (
        select(Conversation)
        .join(Appointment, Appointment.id == Conversation.appointment_id)
        .where(
            Conversation.clinic_id == clinic_id,
            Conversation.address_index == address_index,
            Conversation.kind == ConversationKind.APPOINTMENT,
            Conversation.state == ConversationState.COMPLETED,
            Appointment.start_at > now,
        )
        .order_by(Conversation.id.desc())
        .with_for_update(of=Conversation)
    )
    newest: dict[int | None, Conversation] = {}
    for conversation in session.scalars(wanted):
        newest.setdefault(conversation.appointment_id, conversation)
    return list(newest.values())


def expired_by(session: Session, now: datetime, limit: int) -> list[Conversation]:
    """Conversations whose time has passed, locked; nobody else is given the same ones."""
    wanted = (
        select(Conversation)
        .where(
            Conversation.state.in_((ConversationState.WAITING, ConversationState.QUEUED)),
            Conversation.expires_at <= now,
        )
        .order_by(Conversation.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(wanted))


def clinic_at(session: Session, number: str) -> Clinic | None:
    """The clinic a text or call was meant for: by our number, or the only clinic there is."""
    for column in (Clinic.sender, Clinic.phone):
        found = session.scalars(select(Clinic).where(column == number).limit(1)).first()
        if found is not None:
            return found
    if session.scalar(select(func.count()).select_from(Clinic)) == 1:
        return session.scalars(select(Clinic)).one()
    return None


def site_of(session: Session, appointment: Appointment | None) -> Site | None:
    return session.get(Site, appointment.site_id) if appointment is not None and appointment.site_id else None


def patient_of(session: Session, conversation: Conversation) -> Patient | None:
    return session.get(Patient, conversation.patient_id) if conversation.patient_id else None

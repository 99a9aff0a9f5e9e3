"""All SQL of conversations. Functions take the session first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Function, Select, bindparam, func, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.appointments.models import Appointment, Site
from app.conversations.models import Conversation
from app.conversations.rules import OPEN_STATES, ConversationKind, ConversationState
from app.core.loaded import Loaded
from app.core.models import Clinic
from app.core.prepared import prepared_once
from app.core.statements import built_once
from app.intake.models import Response
from app.intake.store import hold_responses
from app.messaging.receive_message import known_message, named, received_before
from app.messaging.senders import carrier_of
from app.patients.models import Patient
from channels.base import InboundMessage

RECENTLY = timedelta(days=7)
_CLINIC = Loaded(Clinic)
_CONVERSATION, _RESPONSE = Loaded(Conversation), Loaded(Response)
_PATIENT = Loaded(Patient, "clinic_id", "zone", "locale", "status")


def lock_address(session: Session, address_index: str) -> None:
    """One text from an address at a time, so that two that arrive together are taken in turn."""
    if _has_row_locks(session.get_bind().dialect.name):
        session.execute(select(_lock_of_address()), {"key": _lock_key(address_index)})


def _has_row_locks(database: str) -> bool:
    """SQLite has none and needs none: its writers already stand in line."""
    return database == "postgresql"


def _lock_of_address() -> Function[None]:
    return func.pg_advisory_xact_lock(bindparam("key", type_=BigInteger()))


def _lock_key(address_index: str) -> int:
    return int(address_index[:15], 16)


def answer_line(
    session: Session, carrier: str, inbound: InboundMessage, address_index: str
) -> tuple[Clinic | None, int | None]:
    """Whom a text is for, and its id when it is stored already. The sender's address is locked."""
    known = {**named(carrier, inbound), "number": inbound.recipient, "key": _lock_key(address_index)}
    connection = session.connection()
    if found := _answer_line(connection).read(connection, known):
        return _CLINIC.give(session, found[0][: len(_CLINIC)]), found[0][len(_CLINIC)]
    clinic = clinic_at(session, inbound.recipient)
    if clinic is not None:
        lock_address(session, address_index)
    return clinic, received_before(session, carrier, inbound)


@prepared_once
def _answer_line(database: str) -> Select[*tuple[Any, ...]]:
    columns = [*_CLINIC.columns(Clinic.__table__), known_message()]
    if _has_row_locks(database):
        columns.append(_lock_of_address())
    return select(*columns).where(Clinic.sender == bindparam("number")).limit(1)


def lock_conversation(session: Session, conversation_id: int) -> Conversation:
    """The conversation as the database has it now, held until this transaction ends."""
    wanted = select(Conversation).where(Conversation.id == conversation_id).with_for_update()
    return session.scalars(wanted.execution_options(populate_existing=True)).one()


def open_at(session: Session, clinic_id: int, address_index: str) -> list[Conversation]:
    """Conversations at this address that are not over, oldest first, locked together with their responses."""
    session.flush()
    connection = session.connection()
    rows = _open_at(connection).read(connection, {"clinic": clinic_id, "address": address_index})
    answering = len(_CONVERSATION)
    whose = answering + len(_RESPONSE)
    hold_responses(session, filter(None, (_RESPONSE.give(session, row[answering:whose]) for row in rows)))
    patients = [_PATIENT.give(session, row[whose:]) for row in rows]
    session.info["patients"] = patients  # looked at next: kept from being loaded again
    return [conversation for row in rows if (conversation := _CONVERSATION.give(session, row[:answering]))]


@prepared_once
def _open_at(_database: str) -> Select[*tuple[Any, ...]]:
    asked = select(Conversation.__table__).where(
        Conversation.clinic_id == bindparam("clinic"),
        Conversation.address_index == bindparam("address"),
        Conversation.state.in_([literal_column(f"'{state}'") for state in OPEN_STATES]),
    )
    standing = asked.order_by(Conversation.id).with_for_update().cte("standing")
    answered = select(Response.__table__).where(Response.id.in_(select(standing.c.response_id)))
    answering = answered.order_by(Response.id).with_for_update().cte("answering")
    patient = Patient.__table__
    return (
        select(*_CONVERSATION.columns(standing), *_RESPONSE.columns(answering), *_PATIENT.columns(patient))
        .select_from(standing)
        .outerjoin(answering, answering.c.id == standing.c.response_id)
        .outerjoin(patient, patient.c.id == standing.c.patient_id)
        .order_by(standing.c.id)
    )


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
        found = session.scalars(_clinic_by(column), {"number": number}).first()
        if found is not None:
            return found
    clinics = list(session.scalars(select(Clinic)))
    owner = next((each for each in clinics if carrier_of(each.settings, number)), None)
    return clinics[0] if owner is None and len(clinics) == 1 else owner


@built_once
def _clinic_by(column: InstrumentedAttribute[str | None]) -> Select[Clinic]:
    return select(Clinic).where(column == bindparam("number")).limit(1)


def site_of(session: Session, appointment: Appointment | None) -> Site | None:
    return session.get(Site, appointment.site_id) if appointment is not None and appointment.site_id else None


def patient_of(session: Session, conversation: Conversation) -> Patient | None:
    return session.get(Patient, conversation.patient_id) if conversation.patient_id else None

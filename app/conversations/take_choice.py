"""The appointment dialogue: one choice (digit, word or key) taken to what it means, in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.appointments.models import Appointment
from app.appointments.rules import REMINDED, AppointmentStatus, PatientReply
from app.conversations import appointment_words as words
from app.conversations.choices import Choice
from app.conversations.hold import end, hand_over
from app.conversations.models import Conversation
from app.conversations.rules import ConversationState
from app.conversations.visit import Visit, visit_of
from app.conversations.zones import zone_of
from app.core.events import record_event
from app.support.rules import TicketReason, Urgency

MISSES = 3  # replies that cannot be read, then a person
NEAR = timedelta(hours=48)  # a change this close to the visit is not routine any more

REPLIES = {
    Choice.CONFIRM: PatientReply.CONFIRMED,
    Choice.MOVE: PatientReply.WANTS_MOVE,
    Choice.CANCEL: PatientReply.WANTS_CANCEL,
}
_REASONS = {Choice.MOVE: TicketReason.WANTS_MOVE, Choice.CANCEL: TicketReason.WANTS_CANCEL}


@dataclass(frozen=True)
class Reaction:
    """What the patient is told, and whether an answer is still awaited."""

    says: str
    taken: Choice | None = None
    waits: bool = True


def take_choice(
    session: Session, conversation: Conversation, choice: Choice | None, *, now: datetime, message_id: int | None = None
) -> Reaction:
    """Act on the choice. The conversation must be locked; None is a reply that could not be read."""
    appointment = session.get_one(Appointment, conversation.appointment_id, populate_existing=True)
    visit = visit_now(session, conversation, appointment)
    conversation.turn += 1
    conversation.updated_at = now
    if choice is Choice.PERSON:
        _ask_for_person(session, conversation, now=now, message_id=message_id)
        return Reaction(words.passed_on(visit, Choice.PERSON), Choice.PERSON, waits=False)
    refusal = _refuse(session, conversation, appointment, visit, choice=choice, now=now, message_id=message_id)
    if refusal is not None:
        return refusal
    if choice is None or choice is Choice.CANNOT:
        return _ask_again(session, conversation, visit, choice, now=now, message_id=message_id)
    return _take(session, conversation, appointment, visit, choice=choice, now=now, message_id=message_id)


def visit_now(session: Session, conversation: Conversation, appointment: Appointment) -> Visit:
    """The appointment as it stands now, in the patient's words and zone."""
    return visit_of(session, appointment, locale=conversation.locale, zone=zone_of(session, conversation))


def asked_start(conversation: Conversation) -> datetime | None:
    """The start the patient was asked about."""
    kept = (conversation.memory or {}).get("asked_start")
    return datetime.fromisoformat(kept) if kept else None


def remember_asked(conversation: Conversation, start_at: datetime) -> None:
    conversation.memory = {**(conversation.memory or {}), "asked_start": start_at.isoformat()}


def _refuse(
    session: Session,
    conversation: Conversation,
    appointment: Appointment,
    visit: Visit,
    *,
    choice: Choice | None,
    now: datetime,
    message_id: int | None,
) -> Reaction | None:
    """The question is not true any more: say what is."""
    if AppointmentStatus(appointment.status) not in REMINDED:
        end(conversation, ConversationState.EXPIRED, now=now, reason="no_longer_booked")
        return Reaction(words.no_longer_booked(visit), waits=False)
    if appointment.start_at <= now:
        cause = f"late_answer:{conversation.id}"
        hand_over(session, conversation, TicketReason.LATE_ANSWER, now=now, cause=cause, message_id=message_id)
        return Reaction(words.is_over(visit), waits=False)
    if asked_start(conversation) != appointment.start_at and choice is not None:
        remember_asked(conversation, appointment.start_at)
        return Reaction(words.moved_since(visit))
    return None


def _ask_again(
    session: Session,
    conversation: Conversation,
    visit: Visit,
    choice: Choice | None,
    *,
    now: datetime,
    message_id: int | None,
) -> Reaction:
    conversation.misunderstood += 1
    if conversation.misunderstood >= MISSES:
        cause = f"not_understood:{conversation.id}:{conversation.turn}"
        hand_over(session, conversation, TicketReason.NOT_UNDERSTOOD, now=now, cause=cause, message_id=message_id)
        return Reaction(words.handed_over(visit), waits=False)
    if choice is Choice.CANNOT:
        return Reaction(words.ask_move_or_cancel(visit))
    return Reaction(words.not_read(visit, conversation.misunderstood))


def _ask_for_person(session: Session, conversation: Conversation, *, now: datetime, message_id: int | None) -> None:
    cause = f"person:{conversation.id}:{conversation.turn}"
    hand_over(session, conversation, TicketReason.ASKED_FOR_PERSON, now=now, cause=cause, message_id=message_id)


def _take(
    session: Session,
    conversation: Conversation,
    appointment: Appointment,
    visit: Visit,
    *,
    choice: Choice,
    now: datetime,
    message_id: int | None,
) -> Reaction:
    is_new = _record(session, appointment, REPLIES[choice], now)
    conversation.misunderstood = 0
    if choice is Choice.CONFIRM:
        end(conversation, ConversationState.COMPLETED, now=now, reason="confirmed")
        says = words.confirmed(visit) if is_new else words.already_confirmed(visit)
        return Reaction(says, choice, waits=False)
    hand_over(
        session,
        conversation,
        _REASONS[choice],
        now=now,
        cause=f"{_REASONS[choice]}:{appointment.id}:{appointment.start_at.isoformat()}:{conversation.turn}",
        urgency=Urgency.SOON if appointment.start_at - now <= NEAR else Urgency.ROUTINE,
        message_id=message_id,
    )
    return Reaction(words.passed_on(visit, choice), choice, waits=False)


def _record(session: Session, appointment: Appointment, reply: PatientReply, now: datetime) -> bool:
    """The reply beside the appointment, and the event for what sits above; False when it was known already."""
    if appointment.reply == reply and appointment.reply_start_at == appointment.start_at:
        return False
    appointment.reply = reply
    appointment.replied_at = now
    appointment.reply_start_at = appointment.start_at
    record_event(
        session,
        "appointment_replied",
        clinic_id=appointment.clinic_id,
        subject_id=appointment.id,
        now=now,
        reply=reply.value,
        start_at=appointment.start_at.isoformat(),
        patient_id=appointment.patient_id,
    )
    return True

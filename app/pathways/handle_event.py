"""What happened below and what it means for pathways: plan, re-plan, clear, climb, give a conversation back.

Called once per event, in the transaction that marks it handled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from app.appointments.models import Appointment
from app.conversations.give_back import give_back
from app.conversations.hold import end
from app.conversations.models import Conversation
from app.conversations.rules import ConversationState
from app.conversations.store import open_of_patient
from app.core.models import Event
from app.intake.models import Response
from app.messaging.models import Message
from app.messaging.rules import Reason
from app.pathways.ask_experience import ask_experience
from app.pathways.climb import EXPIRED, may_be_reached_otherwise
from app.pathways.definition import read_definition
from app.pathways.models import DueStep, Enrolment, Pathway
from app.pathways.plan_enrolment import (
    APPOINTMENT,
    clear_enrolment,
    clear_patient,
    end_step,
    plan_appointment,
)
from app.pathways.rules import DueState
from app.pathways.situation import look_around
from app.pathways.store import (
    enrolments_for,
    is_newest_rungs,
    lock_step,
    pending_steps,
    steps_on_ladder_for_response,
)
from app.patients.consent import NO_CONSENT


def handle_event(session: Session, event: Event, now: datetime) -> None:
    """React to one fact; kinds that mean nothing here are let pass."""
    handler = _HANDLERS.get(event.kind)
    if handler is not None:
        handler(session, event, now)


def _appointment_planned(session: Session, event: Event, now: datetime) -> None:
    plan_appointment(session, session.get_one(Appointment, event.subject_id), now)


def _appointment_cancelled(session: Session, event: Event, now: datetime) -> None:
    """Cancelled, attended, entered in error: nothing more is said about it."""
    appointment = session.get_one(Appointment, event.subject_id)
    for enrolment in enrolments_for(session, APPOINTMENT, appointment.id):
        clear_enrolment(session, enrolment, reason=f"appointment_{appointment.status}", now=now)


def _patient_gone(session: Session, event: Event, now: datetime) -> None:
    clear_patient(session, event.subject_id, reason=event.kind, now=now)
    for conversation in open_of_patient(session, event.subject_id):
        end(conversation, ConversationState.STOPPED, now=now, reason=event.kind)


def _message_undelivered(session: Session, event: Event, now: datetime) -> None:
    """The ladder goes on at once, unless the patient may not be reached at all. What failed below its newest rung moves
    nothing: the newer one is under way."""
    step = _step_of(session, event)
    if step is None or step.state != DueState.ON_LADDER or not is_newest_rungs(session, step.id, event.subject_id):
        return
    reason = str(event.details.get("reason") or "undelivered")
    if reason in _REFUSED and not _has_other_phone(session, step, reason, now):
        end_step(session, step, DueState.SKIPPED, reason, now=now)
    else:
        step.due_at, step.reason = now, _GOES_ON_BECAUSE.get(reason, "undelivered")


def _has_other_phone(session: Session, due: DueStep, reason: str, now: datetime) -> bool:
    """STOP is said on one phone: the ladder goes on where another is open."""
    if reason != Reason.OPTED_OUT:
        return False
    around = look_around(session, due, now)
    return around.step is not None and may_be_reached_otherwise(session, around.patient, around.step, reason)


def _message_delivered(session: Session, event: Event, now: datetime) -> None:
    """A step that only tells is done when its text arrived; one that asks waits for the answer."""
    step = _step_of(session, event)
    if step is not None and step.state == DueState.ON_LADDER and _expects_no_answer(session, step):
        end_step(session, step, DueState.SENT, "delivered", now=now)


def _appointment_replied(session: Session, event: Event, now: datetime) -> None:
    for enrolment in enrolments_for(session, APPOINTMENT, event.subject_id):
        for step in pending_steps(session, enrolment.id):
            if step.state == DueState.ON_LADDER:
                end_step(session, step, DueState.SENT, "answered", now=now)


def _response_completed(session: Session, event: Event, now: datetime) -> None:
    response = session.get_one(Response, event.subject_id)
    for step in steps_on_ladder_for_response(session, response.patient_id):
        conversation = session.get(Conversation, step.conversation_id) if step.conversation_id else None
        if conversation is not None and conversation.response_id == response.id:
            end_step(session, step, DueState.SENT, "answered", now=now)


def _ticket_closed(session: Session, event: Event, now: datetime) -> None:
    give_back(session, event.subject_id, now=now)
    ask_experience(session, event, now)


def _step_of(session: Session, event: Event) -> DueStep | None:
    message = session.get(Message, event.subject_id)
    return lock_step(session, message.due_step_id) if message is not None and message.due_step_id else None


def _expects_no_answer(session: Session, step: DueStep) -> bool:
    enrolment = session.get_one(Enrolment, step.enrolment_id)
    definition = read_definition(session.get_one(Pathway, enrolment.pathway_id).definition).step(step.step)
    return definition is not None and definition.ladder[step.rung - 1].answer_within is None


_REFUSED = frozenset({"opted_out", "patient_not_active", "patient_inactive", "patient_deceased", "patient_merged"})
_GOES_ON_BECAUSE: Mapping[str, str] = {
    NO_CONSENT: NO_CONSENT,
    Reason.OPTED_OUT: Reason.OPTED_OUT.value,
    Reason.TOO_LATE: EXPIRED,
    Reason.QUIET_HOURS: EXPIRED,
}

_HANDLERS: Mapping[str, Callable[[Session, Event, datetime], None]] = {
    "appointment_booked": _appointment_planned,
    "appointment_changed": _appointment_planned,
    "appointment_cancelled": _appointment_cancelled,
    "patient_died": _patient_gone,
    "patient_merged": _patient_gone,
    "patient_inactive": _patient_gone,
    "message_undelivered": _message_undelivered,
    "message_delivered": _message_delivered,
    "appointment_replied": _appointment_replied,
    "response_completed": _response_completed,
    "ticket_closed": _ticket_closed,
}

"""One turn of a form on any channel: the engine's step, its answers kept, its effects acted on, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.conversations.emergency_words import say_emergency_words
from app.conversations.hold import end, hand_over, ticket_about
from app.conversations.models import Conversation
from app.conversations.rules import ConversationState
from app.conversations.zones import zone_of
from app.core.locale import translator
from app.core.models import Clinic
from app.core.rows import rewrite
from app.intake.fhirpath import server_for
from app.intake.keep_turn import Heard, keep_turn
from app.intake.models import Response
from app.intake.plans import plan_for, questionnaire_for
from app.intake.store import lock_response
from app.patients.models import Patient
from app.support.models import Ticket
from app.support.raise_red_flag import Flag, raise_red_flag
from app.support.rules import TicketReason, Urgency
from channels.sms.segments import fold, measure
from forms import engine, launch
from forms.effects import (
    AfterEnd,
    Completed,
    Effect,
    HandOff,
    HandOffReason,
    RedFlag,
    Stopped,
    TranscriptionNeeded,
)
from forms.plan import Plan
from forms.render import sms
from forms.state import Context, Reply, State, Turn

_URGENCY = {"emergency": Urgency.URGENT, "urgent": Urgency.URGENT, "soon": Urgency.SOON}
_HAND_OFF = {
    HandOffReason.ASKED: TicketReason.ASKED_FOR_PERSON,
    HandOffReason.NOT_UNDERSTOOD: TicketReason.NOT_UNDERSTOOD,
}


@dataclass(frozen=True)
class FormTurn:
    """A turn with the response it belongs to and the plan, in the language to speak now."""

    turn: Turn
    plan: Plan
    response: Response


def open_form(session: Session, conversation: Conversation, *, channel: str, now: datetime) -> FormTurn:
    """The first question, or the one that waits: begun on another channel, given back by a person, called again."""
    response = lock_response(session, _response_id(conversation))
    context = context_of(session, conversation, response, channel=channel, now=now)
    plan = plan_for(session, response.questionnaire_id, response.locale)
    if response.state is None:
        turn = engine.begin(plan, context)
    else:
        turn = engine.resume(plan, State.from_json(response.state), context)
    return _keep(session, conversation, response, turn, Heard(channel, now))


def advance_form(session: Session, conversation: Conversation, reply: Reply, heard: Heard) -> FormTurn:
    """Take one reply. The conversation must be locked."""
    response = lock_response(session, _response_id(conversation))
    context = context_of(session, conversation, response, channel=heard.channel, now=heard.received_at)
    plan = plan_for(session, response.questionnaire_id, response.locale)
    state = State.from_json(response.state) if response.state is not None else engine.begin(plan, context).state
    return _keep(session, conversation, response, engine.advance(plan, state, reply, context), heard, held=state)


def context_of(
    session: Session, conversation: Conversation, response: Response, *, channel: str, now: datetime
) -> Context:
    """What the engine may know about here and now."""
    clinic = session.get_one(Clinic, response.clinic_id)
    return Context(
        channel=channel,
        locale=response.locale,
        now=now,
        zone=zone_of(session, conversation),
        date_order=clinic.settings.get("date_order"),
        serve=server_for(questionnaire_for(session, response.questionnaire_id)),
        known=_known_of(session, response) if response.state_sealed is None else {},
    )


def _known_of(session: Session, response: Response) -> dict[str, str]:
    """What a form that begins may be filled in with."""
    patient = session.get_one(Patient, response.patient_id)
    told = {launch.FAMILY: patient.family, launch.GIVEN: patient.given, launch.BIRTH_DATE: patient.birth_date}
    return {member: value for member, value in told.items() if value}


def say_texts(done: FormTurn) -> list[str]:
    """The turn as text messages that fit the budget, with typographic signs that only cost more written plainly."""
    speak = translator(done.plan.locale)
    return sms.render(done.plan, done.turn, speak, measure=lambda text: measure(text).segments, fold=fold)


def act_on(
    session: Session,
    conversation: Conversation,
    effects: tuple[Effect, ...],
    *,
    now: datetime,
    message_id: int | None = None,
) -> None:
    """What a turn asks for beyond words: red flags and hand-offs to people, the end of the conversation."""
    for effect in effects:
        if isinstance(effect, RedFlag):
            _raise_red_flag(session, conversation, effect, now=now, message_id=message_id)
        elif isinstance(effect, HandOff):
            cause = f"hand_off:{conversation.id}:{conversation.turn}"
            reason = _HAND_OFF[effect.reason]
            hand_over(session, conversation, reason, now=now, cause=cause, message_id=message_id)
        elif isinstance(effect, Completed):
            end(conversation, ConversationState.COMPLETED, now=now)
        elif isinstance(effect, Stopped):
            end(conversation, ConversationState.STOPPED, now=now, reason="patient")
        elif isinstance(effect, AfterEnd | TranscriptionNeeded):
            cause = f"words:{conversation.id}:{conversation.turn}"
            reason = TicketReason.UNEXPECTED_MESSAGE
            ticket_about(session, conversation, reason, now=now, cause=cause, message_id=message_id)


def _keep(
    session: Session,
    conversation: Conversation,
    response: Response,
    turn: Turn,
    heard: Heard,
    *,
    held: State | None = None,
) -> FormTurn:
    keep_turn(session, response, turn.state, turn.effects, heard, held=held)
    rewrite(
        session,
        conversation,
        turn=conversation.turn + 1,
        locale=turn.state.locale,
        updated_at=heard.received_at,
    )
    act_on(session, conversation, turn.effects, now=heard.received_at, message_id=heard.message_id)
    return FormTurn(turn, plan_for(session, response.questionnaire_id, turn.state.locale), response)


def _raise_red_flag(
    session: Session, conversation: Conversation, flag: RedFlag, *, now: datetime, message_id: int | None
) -> None:
    """In the same commit as the answer: a person is called, the patient is told what to do now. One ticket a form."""
    urgency = _URGENCY.get(flag.urgency, Urgency.URGENT)

    def open_one(cause: str, details: Mapping[str, Any]) -> Ticket:
        return ticket_about(
            session, conversation, TicketReason.RED_FLAG, now=now, cause=cause, urgency=urgency,
            message_id=message_id, **details,
        )  # fmt: skip

    response_id = conversation.response_id
    raised = Flag(flag.rule, flag.path, urgency, f"red_flag:{response_id}", message_id)
    raise_red_flag(
        session, raised, conversation_id=conversation.id, response_id=response_id, now=now, open_one=open_one
    )
    if not flag.tell:
        cause = f"emergency:{conversation.response_id}:{flag.rule}@{flag.path}"
        say_emergency_words(session, conversation, cause=cause, now=now)


def _response_id(conversation: Conversation) -> int:
    assert conversation.response_id is not None, "a questionnaire's conversation has its response"
    return conversation.response_id

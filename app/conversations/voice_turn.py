"""A turn on the phone: the prompt the caller hears now, with the numbers that ride in the address keys are sent to."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.conversations.form_turn import FormTurn, open_form
from app.conversations.line_words import Line, line_of, say_goodbye
from app.conversations.models import Conversation
from app.conversations.rules import ConversationKind, ConversationState
from app.conversations.voice_prompts import (
    SILENT,
    keep_prompt,
    kept_prompt,
    say_appointment,
    say_menu,
    spoken,
    with_spoken_voices,
)
from app.core.clock import Clock
from app.core.locale import translator
from app.core.models import Clinic
from app.messaging.models import Call, MessageAttempt
from forms.render import voice
from forms.render.voice import VoicePrompt


@dataclass(frozen=True)
class VoiceTurn:
    """`call_token` and `turn` ride in the URL; a prompt that expects neither keys nor words ends the call."""

    prompt: VoicePrompt
    call_token: str
    turn: int

    @property
    def hangs_up(self) -> bool:
        return self.prompt.keys is None and self.prompt.record is None


def find_call(session: Session, carrier: str, external_id: str) -> Call | None:
    """The call by the carrier's id."""
    wanted = select(Call).where(Call.carrier == carrier, Call.external_id == external_id)
    return session.scalars(wanted).first()


def token_of(session: Session, call: Call) -> str:
    """Our name for the call: the attempt's when we placed it, else its own number."""
    token = None
    if call.message_id is not None:
        wanted = select(MessageAttempt.token).where(MessageAttempt.message_id == call.message_id)
        token = session.scalars(wanted.order_by(MessageAttempt.number.desc()).limit(1)).first()
    return token or f"{call.id:x}"


def turn_with(session: Session, call: Call, conversation: Conversation, prompt: VoicePrompt) -> VoiceTurn:
    """Keep the prompt for repeated keypresses and hand it out."""
    keep_prompt(conversation, prompt)
    return VoiceTurn(prompt, token_of(session, call), conversation.turn)


def again(session: Session, call: Call, conversation: Conversation, clock: Clock) -> VoiceTurn:
    """The same words as before; a fresh prompt when something else happened in between."""
    prompt = kept_prompt(conversation)
    if prompt is not None:
        return VoiceTurn(prompt, token_of(session, call), conversation.turn)
    return turn_with(session, call, conversation, first_prompt(session, conversation, clock))


def first_prompt(session: Session, conversation: Conversation, clock: Clock) -> VoicePrompt:
    """What a caller hears first: the question that waits, wherever it was begun."""
    line = line_for(session, conversation)
    if conversation.state != ConversationState.WAITING:
        return spoken(line.locale, say_goodbye(line))
    if conversation.kind == ConversationKind.APPOINTMENT:
        return say_appointment(session, conversation)
    if conversation.kind == ConversationKind.QUESTIONNAIRE:
        return form_prompt(open_form(session, conversation, channel="voice", now=clock.now()))
    return say_menu(line)


def form_prompt(done: FormTurn) -> VoicePrompt:
    """The form's turn as the caller hears it."""
    return with_spoken_voices(voice.render(done.plan, done.turn, translator(done.plan.locale)))


def line_for(session: Session, conversation: Conversation) -> Line:
    return line_of(session.get_one(Clinic, conversation.clinic_id), conversation.locale)


def nobody_there() -> VoiceTurn:
    """For a call we know nothing of: hang up."""
    return VoiceTurn(SILENT, "", 0)

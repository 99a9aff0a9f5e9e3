"""What a caller hears outside the forms: the appointment, the menu, a goodbye; and prompts kept, so that a repeated
keypress can be answered with the very same words."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from sqlalchemy.orm import Session

from app.appointments.models import Appointment
from app.conversations import appointment_words, line_words
from app.conversations.line_words import Line
from app.conversations.models import Conversation
from app.conversations.take_choice import remember_asked, visit_now
from app.core.locale import catalogue_for
from forms.render.voice import KeySpec, Play, RecordSpec, Say, VoicePrompt

ONE_KEY = KeySpec(most=1)
SILENT = VoicePrompt(())  # hang up without a word: nobody knows who listens


def say_appointment(session: Session, conversation: Conversation, *, first: str | None = None) -> VoicePrompt:
    """The appointment and its keys; `first` instead of saying who calls."""
    appointment = session.get_one(Appointment, conversation.appointment_id, populate_existing=True)
    visit = visit_now(session, conversation, appointment)
    remember_asked(conversation, appointment.start_at)
    return spoken(
        visit.locale,
        first if first is not None else appointment_words.say_who_calls(visit),
        appointment_words.say_appointment(visit),
        appointment_words.say_keys(visit),
        keys=ONE_KEY,
    )


def say_menu(line: Line, *, first: str | None = None) -> VoicePrompt:
    """For a caller nothing waits for."""
    return spoken(line.locale, first or line_words.say_greeting(line), line_words.say_menu(line), keys=ONE_KEY)


def spoken(locale: str, *sentences: str, keys: KeySpec | None = None) -> VoicePrompt:
    """Sentences said by a synthetic voice of the language, or of the one declared to stand in for it."""
    voice = catalogue_for(locale)
    return VoicePrompt(tuple(Say(sentence, voice) for sentence in sentences if sentence), keys)


def with_spoken_voices(prompt: VoicePrompt) -> VoicePrompt:
    """The prompt with a voice that exists for every sentence; recordings stay in their own language."""
    says = tuple(replace(say, locale=catalogue_for(say.locale)) if isinstance(say, Say) else say for say in prompt.says)
    return replace(prompt, says=says)


def keep_prompt(conversation: Conversation, prompt: VoicePrompt) -> None:
    """Remember what was said at this turn."""
    kept = {"turn": conversation.turn, "prompt": _to_json(prompt)}
    conversation.memory = {**(conversation.memory or {}), "said": kept}


def kept_prompt(conversation: Conversation) -> VoicePrompt | None:
    """What was last said, if nothing has happened since."""
    kept = (conversation.memory or {}).get("said")
    return _from_json(kept["prompt"]) if kept and kept["turn"] == conversation.turn else None


def _to_json(prompt: VoicePrompt) -> dict[str, Any]:
    return {
        "says": [asdict(say) for say in prompt.says],
        "keys": asdict(prompt.keys) if prompt.keys else None,
        "record": asdict(prompt.record) if prompt.record else None,
    }


def _from_json(kept: dict[str, Any]) -> VoicePrompt:
    return VoicePrompt(
        says=tuple(Play(**say) if "recording" in say else Say(**say) for say in kept["says"]),
        keys=KeySpec(**kept["keys"]) if kept["keys"] else None,
        record=RecordSpec(**kept["record"]) if kept["record"] else None,
    )

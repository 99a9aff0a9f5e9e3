"""The engine's door: begin, advance, resume, replay. Pure and deterministic; everything it needs comes as an argument.

    turn = begin(plan, context)                      # the first prompt
    turn = advance(plan, turn.state, Reply.text("37,8"), context)
    turn = resume(plan, state, context)              # ask the waiting question again, perhaps on another channel

A caller stores `turn.state.to_json()`, acts on `turn.effects` in order, and renders the turn with forms.render.
The plan given must be in the language of `state.locale`; after LanguageSwitched, render with that language's plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from forms.effects import (
    AfterEnd,
    AnswerKept,
    AnswerSetAside,
    Ask,
    AskAnother,
    Completed,
    Deferred,
    Effect,
    HandOff,
    HandOffReason,
    LanguageSwitched,
    Missing,
    NotUnderstood,
    ReadBack,
    RedFlag,
    Restarted,
    Review,
    Said,
    SetAsideReason,
    Skipped,
    Stopped,
    TranscriptionNeeded,
    Why,
)
from forms.plan import Kind, Plan, PlanItem, PlanOption, PlanUnit
from forms.state import Answer, Context, Reply, ReplyKind, State, Status, Turn, Value

__all__ = [
    "AfterEnd", "Answer", "AnswerKept", "AnswerSetAside", "Ask", "AskAnother", "Completed", "Context", "Deferred", "Effect",
    "HandOff", "HandOffReason", "Kind", "LanguageSwitched", "Missing", "NotUnderstood", "Plan", "PlanItem", "PlanOption",
    "PlanUnit", "ReadBack", "RedFlag", "Reply", "ReplyKind", "Restarted", "Review", "Said", "SetAsideReason", "Skipped",
    "State", "Status", "Stopped", "TranscriptionNeeded", "Turn", "Value", "Why", "advance", "begin", "replay", "resume",
]  # fmt: skip


def begin(plan: Plan, context: Context, *, prefill: Mapping[str, Value] | None = None) -> Turn:
    """Start asking. `prefill` gives initial values the server computed, by instance path."""
    raise NotImplementedError


def advance(plan: Plan, state: State, reply: Reply, context: Context) -> Turn:
    """Take one reply. Never raises on anything a patient can send."""
    raise NotImplementedError


def resume(plan: Plan, state: State, context: Context) -> Turn:
    """Ask what is waiting again: on another channel, in another language, or after a person gave the form back.

    Nothing answered is asked again. Opens a deferred or handed-off state; a completed or stopped one stays as it is.
    """
    raise NotImplementedError


def replay(
    plan: Plan,
    context: Context,
    replies: Iterable[tuple[Reply, Context]],
    *,
    prefill: Mapping[str, Value] | None = None,
) -> Turn:
    """Begin and advance through all replies: gives what the live conversation gave."""
    turn = begin(plan, context, prefill=prefill)
    for reply, reply_context in replies:
        turn = advance(plan, turn.state, reply, reply_context)
    return turn

"""The engine's door: begin, advance, resume, replay. Pure and deterministic; everything it needs comes as an argument.

    turn = begin(plan, context)                      # the first prompt
    turn = advance(plan, turn.state, Reply.text("37,8"), context)
    turn = resume(plan, state, context)              # ask the waiting question again, perhaps on another channel

A caller stores `turn.state.to_json()`, acts on `turn.effects` in order, and renders the turn with forms.render.
The plan given must be in the language of `state.locale`; after LanguageSwitched, render with that language's plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from forms.commands import Command, read_command
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
from forms.items import Kind, PlanItem, PlanOption, PlanUnit
from forms.local_time import utc_text
from forms.pages import refusal, reply_on_page
from forms.paths import path_of
from forms.plan_model import Plan
from forms.replies import reply_in_keys, reply_in_words, reply_recorded, reply_with_silence
from forms.state import Answer, Context, Reply, ReplyKind, State, Status, Turn, Value
from forms.steering import restart
from forms.talk import Talk
from forms.values import check_value

__all__ = [
    "AfterEnd",
    "Answer",
    "AnswerKept",
    "AnswerSetAside",
    "Ask",
    "AskAnother",
    "Completed",
    "Context",
    "Deferred",
    "Effect",
    "HandOff",
    "HandOffReason",
    "Kind",
    "LanguageSwitched",
    "Missing",
    "NotUnderstood",
    "Plan",
    "PlanItem",
    "PlanOption",
    "PlanUnit",
    "ReadBack",
    "RedFlag",
    "Reply",
    "ReplyKind",
    "Restarted",
    "Review",
    "Said",
    "SetAsideReason",
    "Skipped",
    "State",
    "Status",
    "Stopped",
    "TranscriptionNeeded",
    "Turn",
    "Value",
    "Why",
    "advance",
    "begin",
    "replay",
    "resume",
]

FORM = "form"  # the channel of answers the form itself gives: initial values of hidden and read-only items


def begin(plan: Plan, context: Context, *, prefill: Mapping[str, Value] | None = None) -> Turn:
    """Start asking. `prefill` gives initial values the server computed, by instance path."""
    talk = Talk(plan, State(plan.content_hash, plan.locale), context)
    talk.state = replace(talk.state, answers=_initial_answers(talk, prefill or {}))
    talk.ask_next()
    return talk.turn()


def _initial_answers(talk: Talk, prefill: Mapping[str, Value]) -> dict[str, Answer]:
    """What the form fills in itself: initial values nobody is asked about, and what the server knows already."""
    at = utc_text(talk.context)
    found: dict[str, Answer] = {}
    board = talk.board()
    for item in talk.plan.items:
        if not item.is_question or item.is_asked or item.loops or item.calculate is not None:
            continue
        value = board.default(item, ())
        if value is not None:
            found[path_of(item, ())] = Answer(value, "", at, FORM)
    for item in talk.plan.items if talk.context.known else ():
        told = talk.context.known.get(item.knows) if item.knows else None
        if told is not None and check_value(item, told) is None:
            found[item.key] = Answer(told, "", at, FORM)
    given = {
        path: Answer(value, "", at, FORM) for path, value in prefill.items() if refusal(talk.plan, path, value) is None
    }
    return found | given


def advance(plan: Plan, state: State, reply: Reply, context: Context) -> Turn:
    """Take one reply. Never raises on anything a patient can send."""
    talk = Talk(plan, replace(state, turn=state.turn + 1), context)
    if reply.kind is ReplyKind.VALUES:
        reply_on_page(talk, reply.values or {}, final=reply.final)
    elif state.status in {Status.COMPLETED, Status.STOPPED, Status.DEFERRED}:
        _after_end(talk, reply)
    elif reply.kind is ReplyKind.TEXT:
        reply_in_words(talk, reply.raw)
    elif reply.kind is ReplyKind.KEYS:
        reply_in_keys(talk, reply.raw)
    elif reply.kind is ReplyKind.RECORDING:
        reply_recorded(talk, reply.raw)
    else:
        reply_with_silence(talk)
    return talk.turn()


def _after_end(talk: Talk, reply: Reply) -> None:
    """Words after the end go to a person; only "start over" after a stop opens the form again."""
    command = read_command(reply.raw) if reply.kind is ReplyKind.TEXT else None
    if talk.state.status is Status.STOPPED and command is not None and command.command is Command.RESTART:
        restart(talk)
        talk.ask_next()
    elif reply.kind is not ReplyKind.SILENCE:
        talk.effects.append(AfterEnd(reply.raw))


def resume(plan: Plan, state: State, context: Context) -> Turn:
    """Ask what is waiting again: on another channel, in another language, or after a person gave the form back.

    Nothing answered is asked again. Opens a deferred or handed-off state; a completed or stopped one stays as it is.
    """
    talk = Talk(plan, state, context)
    if state.status in {Status.COMPLETED, Status.STOPPED}:
        return talk.turn()
    talk.state = replace(state, status=Status.ASKING, misses=0, page=0)
    if talk.state.waiting is None:
        talk.ask_next()
    else:
        talk.ask_again()
    return talk.turn()


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

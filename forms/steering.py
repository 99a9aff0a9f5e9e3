"""Commands: back, help, repeat, person, stop, restart, review, change, another language."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from forms.commands import Command, Steer
from forms.effects import (
    AnswerSetAside,
    HandOffReason,
    LanguageSwitched,
    Restarted,
    Said,
    SetAsideReason,
    Stopped,
)
from forms.manner import Manner, manner
from forms.paths import path_of, split_path
from forms.state import State, Status
from forms.talk import ASK

if TYPE_CHECKING:
    from collections.abc import Callable

    from forms.talk import Talk


def steer(talk: Talk, command: Steer) -> bool:
    """Act on a command; False when it means nothing here."""
    handler = _HANDLERS.get(command.command)
    if handler is None:
        return False
    handler(talk, command)
    return True


def _back(talk: Talk, command: Steer) -> None:  # noqa: ARG001 -- all commands share one signature
    """To the question asked before, whatever was answered since; its answer stays until it is changed."""
    board = talk.board()
    trail = list(talk.state.trail)
    current = talk.waiting[1]
    while trail and trail[-1] == current:
        trail.pop()
    while trail:
        item, indices = split_path(talk.plan, trail[-1])
        if item is not None and board.applies(item, indices) and manner(item, talk.context.channel) is Manner.ASK:
            talk.state = replace(talk.state, trail=tuple(trail), misses=0, page=0)
            talk.ask(item, indices)
            return
        trail.pop()
    talk.effects.append(Said("nothing_before"))
    talk.ask_again()


def _help(talk: Talk, command: Steer) -> None:  # noqa: ARG001
    talk.ask_again(wants_help=True)


def _repeat(talk: Talk, command: Steer) -> None:  # noqa: ARG001
    talk.ask_again()


def _person(talk: Talk, command: Steer) -> None:  # noqa: ARG001
    talk.hand_off(HandOffReason.ASKED)


def _stop(talk: Talk, command: Steer) -> None:  # noqa: ARG001
    talk.state = replace(talk.state, status=Status.STOPPED, misses=0)
    talk.effects.append(Stopped())


def _restart(talk: Talk, command: Steer) -> None:  # noqa: ARG001
    """Begin again; what the form itself filled in stays."""
    restart(talk)
    talk.ask_next()


def restart(talk: Talk) -> None:
    old = talk.state
    own = {path: answer for path, answer in old.answers.items() if answer.channel == "form"}
    talk.effects += [
        AnswerSetAside(path, answer.value, answer.raw, SetAsideReason.CLEARED)
        for path, answer in old.answers.items()
        if path not in own
    ]
    talk.effects.append(Restarted())
    talk.state = State(old.plan, old.locale, turn=old.turn, answers=own, flags=old.flags)


def _review(talk: Talk, command: Steer) -> None:  # noqa: ARG001
    talk.review(final=False)
    talk.ask_again()


def _change(talk: Talk, command: Steer) -> None:
    """To question number 3, as numbered in the prompts and the review."""
    steps = list(talk.board().asked_questions())
    if not 1 <= command.number <= len(steps):
        talk.effects.append(Said("no_such_question", (str(command.number),)))
        talk.ask_again()
        return
    step = steps[command.number - 1]
    if manner(step.item, talk.context.channel) is not Manner.ASK:
        talk.effects.append(Said("not_here", (path_of(step.item, step.indices),)))
        talk.ask_again()
        return
    talk.state = replace(talk.state, misses=0, page=0)
    talk.ask(step.item, step.indices)


def _language(talk: Talk, command: Steer) -> None:
    talk.state = replace(talk.state, locale=command.language, misses=0)
    talk.effects.append(LanguageSwitched(command.language))
    if talk.waiting[0] != ASK and talk.state.pending:
        talk.state = replace(talk.state, waiting=(ASK, talk.waiting[1]), pending=(), pending_raw="")
    talk.ask_again()


_HANDLERS: dict[Command, Callable[[Talk, Steer], None]] = {
    Command.BACK: _back,
    Command.HELP: _help,
    Command.REPEAT: _repeat,
    Command.PERSON: _person,
    Command.STOP: _stop,
    Command.RESTART: _restart,
    Command.REVIEW: _review,
    Command.CHANGE: _change,
    Command.LANGUAGE: _language,
}

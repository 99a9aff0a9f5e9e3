"""Typed answers from the page or a packet: each checked, the good ones kept, the others said."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from forms import changes
from forms.asking import unanswered_required
from forms.effects import Missing, NotUnderstood, TranscriptionNeeded, Why
from forms.items import Channel
from forms.local_time import utc_text
from forms.manner import Manner, manner
from forms.paths import MOST_OCCURRENCES, split_path
from forms.state import Answer, Status
from forms.values import check_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forms.plan_model import Plan
    from forms.state import Value
    from forms.talk import Talk


def reply_on_page(talk: Talk, values: Mapping[str, Value], *, final: bool) -> None:
    """Keep what the page sent. `final` completes the form, unless required answers are missing."""
    at = utc_text(talk.context)
    kept: dict[str, Answer] = {}
    cleared: dict[str, Answer] = {}
    for path, value in values.items():
        why = refusal(talk.plan, path, value)
        if why is not None:
            talk.effects.append(NotUnderstood(path, 0, *why))
        elif is_blank(value):
            if path in talk.state.answers:
                cleared[path] = talk.state.answers[path]
        else:
            kept[path] = Answer(value, "", at, talk.context.channel)
    transcribed = {p for p, a in talk.state.answers.items() if isinstance(a.value, dict) and "recording" in a.value}
    talk.state, effects = changes.keep_all(talk.plan, talk.state, kept, cleared, context=talk.context)
    talk.effects += effects
    _note_recordings(talk, kept, transcribed)
    settle(talk, final=final)


def _note_recordings(talk: Talk, kept: Mapping[str, Answer], known: set[str]) -> None:
    for path, answer in kept.items():
        if isinstance(answer.value, dict) and "recording" in answer.value and path not in known:
            talk.effects.append(TranscriptionNeeded(path, answer.value["recording"]))


def settle(talk: Talk, *, final: bool) -> None:
    """Where the form stands after answers came in: open, or complete when sent with nothing required missing."""
    if talk.state.status in {Status.COMPLETED, Status.STOPPED} and not final:
        return
    if not final:
        talk.state = replace(talk.state, status=Status.ASKING, waiting=None, misses=0, pending=(), pending_raw="")
        return
    missing = unanswered_required(talk.board(), talk.state)
    here = tuple(path for path, item in missing if manner(item, Channel.WEB) is Manner.ASK)
    if here:
        talk.state = replace(talk.state, status=Status.ASKING, waiting=None)
        talk.effects.append(Missing(here))
    else:
        talk.complete()


def is_blank(value: Value) -> bool:
    """Nothing given: no value, an empty list or an empty text."""
    return value is None or value in ("", [], {})


def refusal(plan: Plan, path: str, value: Value) -> tuple[Why, str] | None:
    """Why a typed value cannot be an answer at `path`; None when it can (or is blank, which clears)."""
    item, indices = split_path(plan, path)
    if item is None or not item.is_question:
        return Why.UNKNOWN, ""
    if not item.is_asked:
        return Why.READ_ONLY, ""
    for depth, index in enumerate(item.loops):
        most = plan.items[index].max_occurs
        if indices[depth] >= min(most or MOST_OCCURRENCES, MOST_OCCURRENCES):
            return Why.TOO_MANY, str(most or MOST_OCCURRENCES)
    return None if is_blank(value) else check_value(item, value)

"""Late answers against newer ones: what won, what lost and why. Merges per question, then walks the path again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from forms import changes
from forms.asking import board_for
from forms.effects import SetAsideReason, Why
from forms.pages import is_blank, refusal, settle
from forms.paths import split_path
from forms.talk import Talk

if TYPE_CHECKING:
    from forms.effects import Effect
    from forms.plan_model import Plan
    from forms.state import Answer, Context, State, Value


@dataclass(frozen=True, slots=True)
class Lost:
    """An answer that did not win, kept for people to see."""

    path: str
    answer: Answer
    winner: Answer | None
    reason: SetAsideReason


@dataclass(frozen=True, slots=True)
class Refused:
    """An answer in the packet that this form cannot take."""

    path: str
    value: Value
    why: Why


@dataclass(frozen=True, slots=True)
class Merged:
    """The state after the merge, what was kept, what lost (the late or the held one), and effects to act on."""

    state: State
    effects: tuple[Effect, ...]
    kept: tuple[str, ...]
    lost: tuple[Lost, ...]
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True)
class _Sorted:
    """The packet's answers by what becomes of them, question by question."""

    kept: Mapping[str, Answer]
    cleared: Mapping[str, Answer]
    lost: tuple[Lost, ...]
    refused: tuple[Refused, ...]


def merge(plan: Plan, held: State, late: Mapping[str, Answer], context: Context, *, final: bool = False) -> Merged:
    """Merge `late` (by instance path; `at` = corrected time the patient answered) into `held`, newest per question.

    The same packet again changes nothing. `final`: the patient had pressed send.
    """
    found = _sort(plan, held, late)
    talk = Talk(plan, replace(held, turn=held.turn + 1), context)
    talk.state, effects = changes.keep_all(plan, talk.state, found.kept, found.cleared, context=context)
    talk.effects += effects
    kept, off_path = _walk_again(talk, found.kept)
    settle(talk, final=final)
    return Merged(talk.state, tuple(talk.effects), kept, (*found.lost, *off_path), found.refused)


def _sort(plan: Plan, held: State, late: Mapping[str, Answer]) -> _Sorted:
    kept: dict[str, Answer] = {}
    cleared: dict[str, Answer] = {}
    lost: list[Lost] = []
    refused: list[Refused] = []
    for path, answer in late.items():
        why = refusal(plan, path, answer.value)
        mine = held.answers.get(path)
        if why is not None:
            refused.append(Refused(path, answer.value, why[0]))
        elif mine is None:
            if not is_blank(answer.value):
                kept[path] = answer
        elif mine.value == answer.value and type(mine.value) is type(answer.value):
            continue
        elif mine.at > answer.at:
            lost.append(Lost(path, answer, mine, SetAsideReason.OLDER))
        else:
            lost.append(Lost(path, mine, None if is_blank(answer.value) else answer, _reason(answer)))
            (cleared if is_blank(answer.value) else kept)[path] = mine if is_blank(answer.value) else answer
    return _Sorted(kept, cleared, tuple(lost), tuple(refused))


def _reason(winner: Answer) -> SetAsideReason:
    return SetAsideReason.CLEARED if is_blank(winner.value) else SetAsideReason.OLDER


def _walk_again(talk: Talk, merged: Mapping[str, Answer]) -> tuple[tuple[str, ...], tuple[Lost, ...]]:
    """Of the merged answers, those on the path now, and those to questions that no longer apply."""
    board = board_for(talk.plan, talk.state, talk.context)
    on_path, off_path = [], []
    for path, answer in merged.items():
        item, indices = split_path(talk.plan, path)
        if item is not None and board.applies(item, indices):
            on_path.append(path)
        else:
            off_path.append(Lost(path, answer, None, SetAsideReason.NOT_ASKED))
    return tuple(on_path), tuple(off_path)

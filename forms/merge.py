"""Late answers against newer ones: what won, what lost and why. Merges per question, then walks the path again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forms.effects import Effect, SetAsideReason, Why
from forms.plan import Plan
from forms.state import Answer, Context, State


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
    value: object
    why: Why


@dataclass(frozen=True, slots=True)
class Merged:
    """The state after the merge, what was kept, what lost (the late or the held one), and effects to act on."""

    state: State
    effects: tuple[Effect, ...]
    kept: tuple[str, ...]
    lost: tuple[Lost, ...]
    refused: tuple[Refused, ...]


def merge(plan: Plan, held: State, late: Mapping[str, Answer], context: Context, *, final: bool = False) -> Merged:
    """Merge `late` (by instance path; `at` = corrected time the patient answered) into `held`, newest per question."""
    raise NotImplementedError

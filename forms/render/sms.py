"""Turns as text messages: one question at a time, numbered options, no truncation."""

from __future__ import annotations

from collections.abc import Callable

from forms.plan import Plan
from forms.state import Turn

Translate = Callable[[str], str]


def render(
    plan: Plan, turn: Turn, translate: Translate, *, measure: Callable[[str], int] | None = None, segments: int = 6
) -> list[str]:
    """The message bodies, in order. `measure` counts billed segments; with it, a long prompt is split at line ends so
    that no body needs more than `segments`."""
    raise NotImplementedError

"""Turns as a phone call: what to say or play, and which keys to listen for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from forms.plan import Plan
from forms.state import Turn

Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Say:
    """Speak these words with a synthetic voice of this language."""

    text: str
    locale: str


@dataclass(frozen=True, slots=True)
class Play:
    """Play this recording (an address from the form's itemMedia); `text` is what it says."""

    recording: str
    text: str
    locale: str


@dataclass(frozen=True, slots=True)
class KeySpec:
    """Which keys to listen for. `most` 1 means a single key ends the input; otherwise # ends it.

    The gathered keys go to the engine as Reply.keys(digits), without the ending #; nothing pressed is Reply.silence();
    # alone is Reply.keys("#").
    """

    most: int
    finish: str = "#"
    timeout_s: int = 8


@dataclass(frozen=True, slots=True)
class RecordSpec:
    """Record the caller's words; send them on as Reply.recording(id)."""

    most_s: int
    finish: str = "#"


@dataclass(frozen=True, slots=True)
class VoicePrompt:
    """One stretch of a call. Neither keys nor record: say it and hang up."""

    says: tuple[Say | Play, ...]
    keys: KeySpec | None = None
    record: RecordSpec | None = None


def render(plan: Plan, turn: Turn, translate: Translate) -> VoicePrompt:
    """What the caller hears now and what may be pressed."""
    raise NotImplementedError

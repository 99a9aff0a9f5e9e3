"""What a turn did and what its caller must do, as values, in order.

The caller stores, sends, flags and hands over; the engine only says so. Renderers turn the same list into words.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from forms.state import Value


class HandOffReason(StrEnum):
    """Why a person has to take over."""

    ASKED = "asked"  # the patient asked for a person
    NOT_UNDERSTOOD = "not_understood"  # three replies in a row could not be read


class Why(StrEnum):
    """Why a reply to a question was not kept."""

    UNREADABLE = "unreadable"
    SILENCE = "silence"  # nothing was said or pressed
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    TOO_SHORT = "too_short"
    WRONG_PATTERN = "wrong_pattern"
    NOT_AN_OPTION = "not_an_option"
    WRONG_TYPE = "wrong_type"
    TOO_MANY = "too_many"
    REQUIRED = "required"  # an answer is needed, skipping is not possible
    CONSTRAINT = "constraint"
    READ_ONLY = "read_only"
    UNKNOWN = "unknown"  # no such question (an old page, a forged packet)


class SetAsideReason(StrEnum):
    """Why a kept answer no longer counts."""

    NOT_ASKED = "not_asked"  # an earlier answer changed, so the question no longer applies
    OLDER = "older"  # a newer answer to the same question won
    CLEARED = "cleared"  # the patient took it back


@dataclass(frozen=True, slots=True)
class Effect:
    """Anything a turn did."""

    waits: ClassVar[bool] = False  # True when the patient now has a prompt to answer


@dataclass(frozen=True, slots=True)
class Ask(Effect):
    """Ask this question now. `attempt` is 0 the first time, 1 after one reply not understood, ...

    `intro` holds the keys of the texts (groups and display items) that come before it and were not yet said.
    """

    waits: ClassVar[bool] = True
    path: str
    link_id: str
    attempt: int = 0
    intro: tuple[str, ...] = ()
    help: bool = False  # the patient asked for help: give rule and example


@dataclass(frozen=True, slots=True)
class AskAnother(Effect):
    """Ask whether there is another of this repeating group or question. `count` occurrences exist."""

    waits: ClassVar[bool] = True
    path: str  # the loop's path; the next occurrence would be number `count`
    link_id: str
    count: int
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class ReadBack(Effect):
    """Unsure: read the possible meanings back and let the patient choose (one candidate: yes or no)."""

    waits: ClassVar[bool] = True
    path: str
    link_id: str
    candidates: tuple[tuple[Value, str], ...]  # (value, text to show)
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Review(Effect):
    """Show the answers so far. `final`: the patient must say "send" before the form counts as complete."""

    waits: ClassVar[bool] = True
    lines: tuple[tuple[int, str], ...]  # (number for "change 3", instance path)
    final: bool = False


@dataclass(frozen=True, slots=True)
class AnswerKept(Effect):
    """An answer was understood and is now in the state. `read_back` is a value worth repeating, in words (dates)."""

    path: str
    value: Value
    raw: str
    read_back: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerSetAside(Effect):
    """An answer no longer counts; it stays in the caller's history and is never filed."""

    path: str
    value: Value
    raw: str
    reason: SetAsideReason


@dataclass(frozen=True, slots=True)
class Skipped(Effect):
    """The patient skipped a question."""

    path: str


@dataclass(frozen=True, slots=True)
class NotUnderstood(Effect):
    """A reply could not be kept. `attempt` counts in a row: 1 gives a rule and an example, 2 help, 3 a person.

    `limit` is the bound that was missed, as text.
    """

    path: str
    attempt: int
    why: Why = Why.UNREADABLE
    limit: str = ""
    message: str = ""  # the form's own words for a broken constraint


@dataclass(frozen=True, slots=True)
class HandOff(Effect):
    """A person must take over; the state keeps the question so that the form can go on afterwards."""

    reason: HandOffReason
    path: str | None = None


@dataclass(frozen=True, slots=True)
class RedFlag(Effect):
    """An answer that must reach a person. `tell` is what the patient is told to do now, in the plan's language."""

    rule: str
    path: str
    urgency: str = "urgent"
    tell: str = ""


@dataclass(frozen=True, slots=True)
class Deferred(Effect):
    """All that this channel can ask is asked; these questions are left for the page behind a link, or for staff.

    Followed by Completed when none of the page's questions is required, else the status is DEFERRED.
    """

    page: tuple[str, ...]
    person: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TranscriptionNeeded(Effect):
    """A recorded answer waits for a person to write it down; send the words later with Reply.page({path: words})."""

    path: str
    recording: str


@dataclass(frozen=True, slots=True)
class LanguageSwitched(Effect):
    """The patient asked for another language: render this turn, and go on, with the plan of `locale`."""

    locale: str


@dataclass(frozen=True, slots=True)
class Missing(Effect):
    """The page was sent with required questions unanswered."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said(Effect):
    """A short fixed remark: nothing_before (back at the first question), no_such_question (number), not_here (path: not
    asked on this channel), answers_kept (how many of several at once), recording_unused (id)."""

    key: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AfterEnd(Effect):
    """Words that came after the form was completed or stopped: for a person, never dropped."""

    raw: str


@dataclass(frozen=True, slots=True)
class Restarted(Effect):
    """The patient began again; the earlier answers were set aside (one AnswerSetAside each)."""


@dataclass(frozen=True, slots=True)
class Stopped(Effect):
    """The patient does not want to go on. Answers so far stay in the state."""


@dataclass(frozen=True, slots=True)
class Completed(Effect):
    """Every question that applies is answered or skipped; build the response now. `outro`: texts after the last one."""

    outro: tuple[str, ...] = ()

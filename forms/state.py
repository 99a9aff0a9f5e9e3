"""What the engine is given and gives back: context and reply in, state and turn out. Plain, frozen, serialisable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from forms.board import Board
    from forms.effects import Effect
    from forms.served import Serve

Value = Any  # bool | int | float | str | list[str] | dict: the JSON value of an answer, see docs/questionnaires.md


class ReplyKind(StrEnum):
    """How a reply came in."""

    TEXT = "text"  # words: an SMS, a line typed in the terminal
    KEYS = "keys"  # phone keys, without the terminating #: "1", "37*8"; "#" alone skips, "*" alone repeats
    SILENCE = "silence"  # the caller said and pressed nothing
    VALUES = "values"  # typed answers from the page or a packet, keyed by instance path; None clears an answer
    RECORDING = "recording"  # the caller's recorded words; raw is the recording's id


class Status(StrEnum):
    """Where a conversation with a questionnaire stands."""

    ASKING = "asking"
    DEFERRED = "deferred"  # all that this channel can ask is asked; the rest needs the page or a person
    HANDED_OFF = "handed_off"
    STOPPED = "stopped"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Context:
    """What the engine needs to know about now and here, and may not look up itself."""

    channel: str  # "sms" | "voice" | "web"
    locale: str  # the language at the start; State.locale rules afterwards
    now: datetime  # aware, UTC
    zone: str = "UTC"  # the patient's IANA zone
    date_order: str | None = None  # "dmy" | "mdy" | "ymd", the clinic's; None asks when a date can be read two ways
    serve: Serve | None = field(default=None, compare=False)  # computes what needs the server
    known: Mapping[str, str] = field(default_factory=dict)  # of the patient, by the names of forms/launch.py
    last_board: list[Board] = field(init=False, default_factory=list, compare=False, repr=False)  # forms/asking.py

    @property
    def today(self) -> date:
        """The calendar day where the patient is."""
        return self.now.astimezone(ZoneInfo(self.zone)).date()


@dataclass(frozen=True, slots=True)
class Reply:
    """One thing the patient sent."""

    kind: ReplyKind
    raw: str = ""
    values: Mapping[str, Value] | None = None
    final: bool = False  # with VALUES: the patient pressed "send", not only "save"

    @classmethod
    def text(cls, raw: str) -> Reply:
        return cls(ReplyKind.TEXT, raw)

    @classmethod
    def keys(cls, raw: str) -> Reply:
        return cls(ReplyKind.KEYS, raw)

    @classmethod
    def silence(cls) -> Reply:
        return cls(ReplyKind.SILENCE)

    @classmethod
    def recording(cls, recording_id: str) -> Reply:
        return cls(ReplyKind.RECORDING, recording_id)

    @classmethod
    def page(cls, values: Mapping[str, Value], *, final: bool = False) -> Reply:
        return cls(ReplyKind.VALUES, "", values, final)


class Answer(NamedTuple):
    """One kept answer: its value, the patient's own words, when (UTC, ISO 8601 with Z) and on which channel."""

    value: Value
    raw: str
    at: str
    channel: str


@dataclass(frozen=True, slots=True)
class State:
    """Everything the engine remembers between turns. Never change it; `advance` returns a new one.

    The same state continues on another channel or, with the plan of the other language, in another language.
    Answers of questions that a condition hides stay here, for undo; `forms.response` drops them.
    """

    plan: str  # content hash of the questionnaire version it began with
    locale: str
    status: Status = Status.ASKING
    waiting: tuple[str, str] | None = None  # (kind of prompt, instance path) the patient has in front of them
    turn: int = 0  # grows by one with each reply; the voice URL carries it
    misses: int = 0  # how often in a row the waiting prompt was not understood
    page: int = 0  # which page of options is being read out on the phone
    answers: Mapping[str, Answer] = field(default_factory=dict)  # instance path -> answer
    skipped: tuple[str, ...] = ()  # instance paths the patient skipped
    closed: tuple[str, ...] = ()  # loops the patient said are complete
    trail: tuple[str, ...] = ()  # instance paths in the order they were asked, for back
    pending: tuple[tuple[Value, str], ...] = ()  # readings being read back: (value, text)
    pending_raw: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)  # loop path -> occurrences begun
    flags: tuple[str, ...] = ()  # red flags already raised: "rule path"

    def to_json(self) -> dict[str, Any]:
        """A plain JSON object; shares its parts with the state, so do not change it."""
        found = {key: getattr(self, name) for name, key in _KEYS.items()}
        return {key: value for key, value in found.items() if value or key in _ALWAYS}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> State:
        values = {name: data[key] for name, key in _KEYS.items() if key in data}
        for name in _SEQUENCES & values.keys():
            values[name] = tuple(values[name])
        values["status"] = Status(values["status"])
        values["waiting"] = tuple(values["waiting"]) if values.get("waiting") else None
        values["answers"] = {path: Answer(*row) for path, row in values.get("answers", {}).items()}
        values["pending"] = tuple((value, text) for value, text in values.get("pending", ()))
        return cls(**values)


_KEYS: Final = {
    "plan": "h", "locale": "l", "status": "s", "waiting": "w", "turn": "n", "misses": "m", "page": "p", "answers": "a",
    "skipped": "k", "closed": "c", "counts": "o", "trail": "t", "pending": "q", "pending_raw": "r", "flags": "f",
}  # fmt: skip
_ALWAYS: Final = frozenset({"h", "l", "s"})
_SEQUENCES: Final = frozenset({"skipped", "closed", "trail", "flags"})


@dataclass(frozen=True, slots=True)
class Turn:
    """The result of one step: the new state, what happened and what to do, in order, and the context it was made in."""

    state: State
    effects: tuple[Effect, ...]
    context: Context

    @property
    def prompt(self) -> Effect | None:
        """The effect that waits for a reply (Ask, AskAnother, ReadBack or Review), if any."""
        return next((effect for effect in reversed(self.effects) if effect.waits), None)

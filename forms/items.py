"""The parts of a plan: items, options, units, rules. Data only; `forms.plan` is the door."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Tree = Any  # an expression as nested lists: [operator, argument, ...]; see forms/expressions.py


class Kind(StrEnum):
    """What an item is; the values are FHIR's R4 item types."""

    GROUP = "group"
    DISPLAY = "display"
    BOOLEAN = "boolean"
    DECIMAL = "decimal"
    INTEGER = "integer"
    DATE = "date"
    DATETIME = "dateTime"
    TIME = "time"
    STRING = "string"
    TEXT = "text"
    URL = "url"
    CHOICE = "choice"
    OPEN_CHOICE = "open-choice"
    ATTACHMENT = "attachment"
    REFERENCE = "reference"
    QUANTITY = "quantity"


class Channel(StrEnum):
    """The ways to ask."""

    SMS = "sms"
    VOICE = "voice"
    WEB = "web"


CHOICES = frozenset({Kind.CHOICE, Kind.OPEN_CHOICE})
NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.QUANTITY})
WORDS = frozenset({Kind.STRING, Kind.TEXT})
NOT_QUESTIONS = frozenset({Kind.GROUP, Kind.DISPLAY})


@dataclass(frozen=True, slots=True)
class PlanOption:
    """One option. `value` is what an answer holds; `number` is what is printed beside it and what a reply may name."""

    value: str
    label: str
    number: str
    code: str = ""  # the coding's code; the same as `value` unless the form uses a code twice
    weight: float | int | None = None
    exclusive: bool = False
    words: tuple[str, ...] = ()  # further accepted words
    digit: str | None = None  # phone key fixed by the form
    recording: str | None = None  # address of the recorded label in this language
    selected: bool = False  # initially selected


@dataclass(frozen=True, slots=True)
class PlanUnit:
    """One unit a quantity may have. `code` is what an answer holds."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class OnAnswer:
    """A rule that raises a red flag when `when` holds for the item it stands on."""

    rule: str
    when: Tree
    urgency: str = "urgent"
    tell: str = ""


@dataclass(frozen=True, slots=True)
class Constraint:
    """A condition the answers must meet, and the form's words for when they do not."""

    when: Tree
    message: str
    blocking: bool = True


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One item of the form. `key` is its unique name in the plan; `link_id` is the form's own (not always unique).

    An item whose questions or groups occur several times is a *loop*; `loops` lists the loops around an item, itself
    included, outermost first. Its instance path is `key` outside loops, else `key@i.j` with one index per loop.
    """

    key: str
    link_id: str
    kind: Kind
    text: str = ""
    under: int = -1  # index of the parent item
    prefix: str = ""
    short: str = ""
    help: str = ""
    pair: str = ""  # key of the diastolic pressure beside this systolic one: "120/80" answers both
    sms_name: str = ""  # its name in a message with several answers (K=V)
    required: bool = False
    many: bool = False  # a choice that takes several options at once
    loop: bool = False
    min_occurs: int = 0
    max_occurs: int | None = None
    hidden: bool = False
    read_only: bool = False
    options: tuple[PlanOption, ...] = ()
    units: tuple[PlanUnit, ...] = ()
    minimum: Any = None
    maximum: Any = None
    limits_unit: str = ""  # the unit minimum and maximum of a quantity are in
    min_length: int | None = None
    max_length: int | None = None
    max_decimals: int | None = None
    pattern: str = ""
    example: str = ""  # entryFormat
    initial: tuple[Any, ...] = ()
    when: Tree = None
    calculate: Tree = None
    initial_tree: Tree = None
    constraints: tuple[Constraint, ...] = ()
    rules: tuple[OnAnswer, ...] = ()
    channels: Mapping[str, str] = field(default_factory=dict)  # channel -> "defer" | "staff"; absent: asked
    knows: str = ""  # the patient's own particular (forms/launch.py) it is filled in with, when the clinic knows it
    sensitive: bool = False  # do not quote the answer or question back over SMS
    tense: str = "any"  # "past" | "future" | "any": on which side of today its date lies
    recording: str | None = None  # address of the recorded prompt in this language
    record_s: int = 0  # longest spoken answer, when the form says so
    # The rest follows from the order and nesting of the items; forms/plan_model.py fills it in.
    index: int = -1
    end: int = -1  # index after its last descendant
    loops: tuple[int, ...] = ()
    notes: tuple[int, ...] = ()  # texts that belong to this question
    is_asked: bool = False  # False for what no patient answers: groups, texts, hidden, read-only and calculated items

    @property
    def is_question(self) -> bool:
        return self.kind not in NOT_QUESTIONS

    @property
    def is_spoken(self) -> bool:
        """Whether a caller answers in words, which are recorded."""
        return self.kind in WORDS or (self.kind in CHOICES and not self.options)

"""The plan: one questionnaire in one language, ready to be asked on any channel. Compact JSON, known by its content hash.

Items stand in the order of the form; groups and display items are among them. `forms.compile` makes plans,
`forms.plan_json` writes and reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forms.questionnaire import Questionnaire

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
    severity: str = "urgent"
    say: str = ""


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
    sensitive: bool = False  # do not quote the answer or question back over SMS
    tense: str = "any"  # "past" | "future" | "any": on which side of today its date lies
    recording: str | None = None  # address of the recorded prompt in this language
    server: tuple[str, ...] = ()  # expressions only the server can compute: "needs connection"
    index: int = -1
    end: int = -1  # index after its last descendant
    loops: tuple[int, ...] = ()

    @property
    def is_question(self) -> bool:
        return self.kind not in NOT_QUESTIONS

    @property
    def is_asked(self) -> bool:
        """False for what the patient never answers: groups, texts, hidden, read-only and calculated items."""
        return self.is_question and not (self.hidden or self.read_only or self.calculate is not None or self.server)


@dataclass(frozen=True)
class Plan:
    """A questionnaire version in one language."""

    content_hash: str  # of the questionnaire, the same in every language
    title: str
    locale: str
    items: tuple[PlanItem, ...]
    url: str = ""
    version: str = ""
    languages: tuple[str, ...] = ()
    variables: tuple[Tree, ...] = ()
    review: bool = False  # the patient looks over the answers before sending
    constraints: tuple[Constraint, ...] = ()

    @cached_property
    def by_key(self) -> Mapping[str, PlanItem]:
        return {item.key: item for item in self.items}

    def item_at(self, path: str) -> PlanItem | None:
        """The item an instance path belongs to, or None when the path names nothing in this plan."""
        from forms.paths import split_path

        return split_path(self, path)[0]

    def to_json(self) -> dict[str, Any]:
        from forms.plan_json import plan_to_json

        return plan_to_json(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        from forms.plan_json import plan_from_json

        return plan_from_json(data)


def compile_plan(questionnaire: Questionnaire, locale: str) -> Plan:
    """The plan in `locale` (tags match loosely: `fr` finds `fr-CA`); untranslated texts stay in the base language."""
    from forms.compile import compile_questionnaire

    return compile_questionnaire(questionnaire, locale)

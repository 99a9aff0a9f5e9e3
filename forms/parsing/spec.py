"""What a reading needs to know about a question, and what a reading may end in.

    forms.parsing.read(spec, text, *, locale, today, order=None, tense="any") -> Outcome

`locale` is the language the question was asked in ("fr-CA"); `today` is the date where the patient is; `order` is how
the clinic writes numeric dates ("dmy", "mdy", "ymd", or None when it never said); `tense` says on which side of today
the answer must lie ("past", "future" or "any"). Every value is plain JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

Scalar: TypeAlias = str | int | float | bool
Value: TypeAlias = Scalar | dict[str, Scalar | None] | list[str]
Order: TypeAlias = Literal["dmy", "mdy", "ymd"]
Tense: TypeAlias = Literal["past", "future", "any"]


class AnswerType(StrEnum):
    """How a question is answered; the values are FHIR's item types, plus the pair every blood pressure comes in."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    QUANTITY = "quantity"
    DATE = "date"
    TIME = "time"
    DATETIME = "dateTime"
    CHOICE = "choice"
    BLOOD_PRESSURE = "bloodPressure"


@dataclass(frozen=True, slots=True)
class Choice:
    """One option as the patient saw it.

    `value` is what an answer becomes; `label` the words; `printed` exactly what stood beside them ("1", "a)", "0"), or
    None when nothing did; `exclusive` options ("none of these") go with no other.
    """

    value: str
    label: str
    printed: str | None = None
    synonyms: tuple[str, ...] = ()
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit the question takes: `label` as shown and as returned ("°C"), `code` in UCUM when the form gives one."""

    label: str
    code: str | None = None
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerSpec:
    """Everything about a question that changes what a reply to it means.

    `minimum` and `maximum` are numbers, or ISO strings for dates and times, and are inclusive; a reading outside them
    is not kept, which helps to tell two readings apart. `repeats` makes the value of a choice a list.
    """

    type: AnswerType
    options: tuple[Choice, ...] = ()
    units: tuple[Unit, ...] = ()
    minimum: int | float | str | None = None
    maximum: int | float | str | None = None
    repeats: bool = False


class OutcomeKind(StrEnum):
    """The three ends of a reading; the values are those `farline parse` prints."""

    VALUE = "value"
    ASK = "ask"
    NONE = "none"


class Reason(StrEnum):
    """Why there is no value, so that the next prompt can say what would be one."""

    NOT_UNDERSTOOD = "not-understood"
    UNSURE = "unsure"  # the patient said so: "I don't know", "peut-être"
    AMBIGUOUS = "ambiguous"
    TOO_LOW = "too-low"
    TOO_HIGH = "too-high"
    NOT_WHOLE = "not-whole"
    WRONG_UNIT = "wrong-unit"
    IMPOSSIBLE = "impossible"  # 31 February, 24:30
    NOT_OFFERED = "not-offered"  # a number that stands beside no option


@dataclass(frozen=True, slots=True)
class Outcome:
    """VALUE carries a value, ASK the plausible ones as candidates (one means "did you mean ...?"), NONE a reason.

    Values: boolean -> bool; integer -> int; decimal -> int or float; quantity -> {"value", "unit"};
    date -> "YYYY[-MM[-DD]]"; time -> "HH:MM:SS"; dateTime -> "YYYY-MM-DDTHH:MM:SS" or a date, with a zone only if said;
    choice -> the option's value, a list of them when the question repeats; bloodPressure -> {"systolic", "diastolic"}.
    `read_back` says the value in the patient's language; under TOO_LOW and TOO_HIGH it says what was read.
    """

    kind: OutcomeKind
    value: Value | None = None
    read_back: str | None = None
    candidates: tuple[Value, ...] = ()
    candidate_texts: tuple[str, ...] = ()
    reason: Reason | None = None

"""A reply to one question: words or keys to the value an answer holds, a question back, or why it could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from forms.answer_specs import ANSWER_TYPES, Specs
from forms.effects import Why
from forms.items import CHOICES, NUMBERS, WORDS, Kind
from forms.local_time import zoned
from forms.parsing import Outcome, OutcomeKind, Reason, read
from forms.values import check_value

if TYPE_CHECKING:
    from forms.items import PlanItem
    from forms.parsing import Order, Tense
    from forms.state import Context, Value

_WHY: Final = {Reason.TOO_LOW: Why.TOO_SMALL, Reason.TOO_HIGH: Why.TOO_LARGE, Reason.NOT_OFFERED: Why.NOT_AN_OPTION}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reply says: a value, candidates to read back, or why it says nothing."""

    value: Value = None
    read_back: str | None = None
    candidates: tuple[tuple[Value, str], ...] = ()
    why: Why | None = None
    limit: str = ""

    @property
    def is_value(self) -> bool:
        return self.why is None and not self.candidates


def read_text(item: PlanItem, text: str, *, specs: Specs, locale: str, context: Context) -> Reading:
    """What words say in answer to `item`."""
    if item.kind in WORDS or item.kind is Kind.URL or (item.kind in CHOICES and not item.options):
        return _free_words(item, text)
    if item.kind not in ANSWER_TYPES:
        return Reading(why=Why.UNREADABLE)
    outcome = read(
        specs.of(item),
        text,
        locale=locale,
        today=context.today,
        order=cast("Order | None", context.date_order),
        tense=cast("Tense", item.tense),
    )
    reading = _reading(item, outcome, context)
    if item.kind is Kind.OPEN_CHOICE and reading.why == Why.UNREADABLE:
        return _other_words(item, text)
    return checked(item, reading)


def checked(item: PlanItem, reading: Reading) -> Reading:
    """The reading, unless its value breaks one of the item's rules."""
    if not reading.is_value:
        return reading
    problem = check_value(item, reading.value)
    return Reading(why=problem[0], limit=problem[1]) if problem else reading


def _reading(item: PlanItem, outcome: Outcome, context: Context) -> Reading:
    if outcome.kind is OutcomeKind.VALUE:
        return Reading(_value(item, outcome.value, context), outcome.read_back)
    if outcome.kind is OutcomeKind.ASK:
        values = [_value(item, candidate, context) for candidate in outcome.candidates]
        pairs = tuple(zip(values, outcome.candidate_texts, strict=False))
        fitting = tuple(pair for pair in pairs if check_value(item, pair[0]) is None)
        return Reading(candidates=fitting) if fitting else Reading(why=Why.UNREADABLE)
    why = _WHY.get(outcome.reason, Why.UNREADABLE) if outcome.reason else Why.UNREADABLE
    return Reading(why=why, limit=_limit(item, why))


def _limit(item: PlanItem, why: Why) -> str:
    bound = {Why.TOO_SMALL: item.minimum, Why.TOO_LARGE: item.maximum}.get(why)
    return "" if bound is None else str(bound)


def _value(item: PlanItem, value: Any, context: Context) -> Value:
    """The parser's value as the answer holds it: units by code, moments with the patient's zone."""
    if item.kind is Kind.QUANTITY and isinstance(value, dict):
        unit = next(
            (unit.code for unit in item.units if value.get("unit") in {unit.label, unit.code}), value.get("unit")
        )
        return {"value": value.get("value"), **({"unit": unit} if unit else {})}
    if item.kind in NUMBERS and isinstance(value, dict):
        return value.get("value")
    if item.kind is Kind.DATETIME and isinstance(value, str):
        return zoned(value, context.zone)
    if item.many and isinstance(value, str):
        return [value]
    return value


def _free_words(item: PlanItem, text: str) -> Reading:
    words = text.replace("\x00", "").strip()
    value: Value = {"text": words} if item.kind in CHOICES else words
    return checked(item, Reading([value] if item.many else value)) if words else Reading(why=Why.UNREADABLE)


def _other_words(item: PlanItem, text: str) -> Reading:
    """Words that name no option of an open choice are an answer of their own; digits never are."""
    words = text.strip()
    if len(words) < 2 or words.isdigit():
        return Reading(why=Why.NOT_AN_OPTION)
    return _free_words(item, words)

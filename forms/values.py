"""Typed values: FHIR's value[x] to the plain JSON an answer holds and back, and whether a value fits its item."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from forms import moments
from forms.effects import Why
from forms.extensions import typed_value
from forms.items import CHOICES, NUMBERS, Kind
from forms.measures import converted
from forms.patterns import compile_pattern

if TYPE_CHECKING:
    from forms.items import PlanItem

MOST_TEXT: Final = 20_000
_TEXTS: Final = frozenset({Kind.STRING, Kind.TEXT, Kind.URL})
_MEMBERS: Final = {
    Kind.BOOLEAN: "valueBoolean", Kind.DECIMAL: "valueDecimal", Kind.INTEGER: "valueInteger", Kind.DATE: "valueDate",
    Kind.DATETIME: "valueDateTime", Kind.TIME: "valueTime", Kind.STRING: "valueString", Kind.TEXT: "valueString",
    Kind.URL: "valueUri", Kind.ATTACHMENT: "valueAttachment", Kind.REFERENCE: "valueReference",
    Kind.QUANTITY: "valueQuantity",
}  # fmt: skip


def value_member(kind: Kind) -> str:
    """The value[x] member a question of this kind answers with (choices: usually valueCoding)."""
    return _MEMBERS.get(kind, "valueCoding")


# --- FHIR to ours -----------------------------------------------------------------------------------------------------


def initial_value(item: PlanItem, written: Any, options: Sequence[Mapping[str, Any]]) -> Any:
    """An initial or stored value as an answer holds it; None when it does not fit the item."""
    if item.kind in CHOICES:
        return choice_value(item, written, options)
    value = plain_value(item, written)
    return value if value is not None and check_one(item, value) is None else None


def plain_value(item: PlanItem, written: Any) -> Any:
    """The value[x] of anything but a choice."""
    if item.kind is Kind.QUANTITY and isinstance(written, Mapping):
        unit = written.get("code") or written.get("unit")
        return {"value": written.get("value"), **({"unit": unit} if isinstance(unit, str) else {})}
    if item.kind is Kind.INTEGER and isinstance(written, float) and written.is_integer():
        return int(written)
    if item.kind in NUMBERS and isinstance(written, str):
        return _number(written)
    return dict(written) if isinstance(written, Mapping) else written


def _number(text: str) -> int | float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return (int(number) if number.is_integer() else number) if math.isfinite(number) and abs(number) < 1e15 else None


def choice_value(item: PlanItem, written: Any, options: Sequence[Mapping[str, Any]]) -> Any:
    """The value of the option that `written` (a value[x]) is; for an open choice or unknown options, what it says."""
    for option, raw in zip(item.options, options, strict=False):
        if same_option(typed_value(raw)[1], written):
            return option.value
    if isinstance(written, str) and item.kind is Kind.OPEN_CHOICE:
        return {"text": written}
    if isinstance(written, Mapping) and not item.options:
        return {key: written[key] for key in ("system", "code", "display") if isinstance(written.get(key), str)} or None
    if isinstance(written, Mapping) and item.kind is Kind.OPEN_CHOICE and isinstance(written.get("display"), str):
        return {"text": written["display"]}
    return None


def same_option(offered: Any, given: Any) -> bool:
    """Whether two value[x] mean the same option: codings by code and, where both have one, system."""
    if isinstance(offered, Mapping) and isinstance(given, Mapping):
        if "reference" in offered or "reference" in given:
            return offered.get("reference") == given.get("reference")
        if offered.get("code") is None and given.get("code") is None:
            return bool(offered.get("display")) and offered.get("display") == given.get("display")
        systems = (offered.get("system"), given.get("system"))
        return offered.get("code") == given.get("code") and (systems[0] == systems[1] or not all(systems))
    if isinstance(offered, Mapping) or isinstance(given, Mapping):
        coding, text = (offered, given) if isinstance(offered, Mapping) else (given, offered)
        return isinstance(text, str) and text in (coding.get("code"), coding.get("display"))
    return offered is not None and type(offered) is type(given) and offered == given


# --- does a value fit? ------------------------------------------------------------------------------------------------


def check_value(item: PlanItem, value: Any) -> tuple[Why, str] | None:
    """Why an answer cannot be kept, and the limit it misses; None when it can."""
    if not item.many:
        return check_one(item, value)
    if not isinstance(value, list | tuple):
        return Why.WRONG_TYPE, ""
    for one in value:
        problem = check_one(item, one)
        if problem:
            return problem
    return _check_many(item, list(value))


def _check_many(item: PlanItem, chosen: list[Any]) -> tuple[Why, str] | None:
    exclusive = {option.value for option in item.options if option.exclusive}
    texts = [value for value in chosen if isinstance(value, str)]
    if len(set(texts)) != len(texts):
        return Why.TOO_MANY, ""
    if len(chosen) > 1 and exclusive & set(texts):
        return Why.TOO_MANY, ""
    if item.max_occurs is not None and len(chosen) > item.max_occurs:
        return Why.TOO_MANY, str(item.max_occurs)
    if chosen and len(chosen) < item.min_occurs:
        return Why.TOO_SMALL, str(item.min_occurs)
    return None


def check_one(item: PlanItem, value: Any) -> tuple[Why, str] | None:
    """As check_value, for one value of a question that takes several."""
    if item.kind in CHOICES:
        return _check_choice(item, value)
    if not _has_type(item.kind, value):
        return Why.WRONG_TYPE, ""
    if item.kind in NUMBERS:
        return _check_quantity(item, value) if isinstance(value, dict) else _check_number(item, value)
    if item.kind in _TEXTS:
        return _check_text(item, value)
    if item.kind in {Kind.DATE, Kind.DATETIME, Kind.TIME}:
        return _check_moment(item, value)
    return None


def _check_choice(item: PlanItem, value: Any) -> tuple[Why, str] | None:
    if isinstance(value, str):
        known = any(option.value == value for option in item.options)
        return None if known else (Why.NOT_AN_OPTION, "")
    if not isinstance(value, Mapping) or not value or not all(isinstance(part, str) for part in value.values()):
        return Why.WRONG_TYPE, ""
    if sum(map(len, value.values())) > MOST_TEXT:
        return Why.TOO_LONG, str(MOST_TEXT)
    allowed = {"text", "recording"} if item.kind is Kind.OPEN_CHOICE else set()
    allowed |= set() if item.options else {"code", "system", "display"}  # options nobody listed: any coding may be one
    return None if set(value) <= allowed else (Why.NOT_AN_OPTION, "")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and abs(value) < 1e15


def _has_type(kind: Kind, value: Any) -> bool:
    if kind is Kind.BOOLEAN:
        return isinstance(value, bool)
    if kind is Kind.INTEGER:
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31
    if kind is Kind.DECIMAL:
        return _is_number(value)
    if kind is Kind.QUANTITY:
        return isinstance(value, Mapping) and _is_number(value.get("value")) and isinstance(value.get("unit", ""), str)
    if kind in {Kind.ATTACHMENT, Kind.REFERENCE}:
        return isinstance(value, Mapping) and bool(value)
    if isinstance(value, Mapping) and kind in {Kind.STRING, Kind.TEXT}:
        return isinstance(value.get("recording"), str) and len(value) == 1
    return isinstance(value, str)


def _check_quantity(item: PlanItem, quantity: Mapping[str, Any]) -> tuple[Why, str] | None:
    """A quantity in another unit than the limits is converted before it is held against them."""
    number, unit = quantity["value"], quantity.get("unit") or item.limits_unit
    if not item.limits_unit or unit == item.limits_unit:
        return _check_number(item, number)
    there = converted(number, unit, item.limits_unit)
    return _check_number(item, there) if there is not None else None


def _check_number(item: PlanItem, number: int | float) -> tuple[Why, str] | None:
    if item.minimum is not None and number < item.minimum:
        return Why.TOO_SMALL, str(item.minimum)
    if item.maximum is not None and number > item.maximum:
        return Why.TOO_LARGE, str(item.maximum)
    if item.max_decimals is not None and round(number, item.max_decimals) != number:
        return Why.WRONG_PATTERN, str(item.max_decimals)
    return _check_pattern(item, str(number))


def _check_text(item: PlanItem, value: Any) -> tuple[Why, str] | None:
    if isinstance(value, Mapping):
        return None
    if not value.strip():
        return Why.UNREADABLE, ""
    if len(value) > (item.max_length or MOST_TEXT):
        return Why.TOO_LONG, str(item.max_length or MOST_TEXT)
    if item.min_length is not None and len(value) < item.min_length:
        return Why.TOO_SHORT, str(item.min_length)
    return _check_pattern(item, value)


def _check_pattern(item: PlanItem, text: str) -> tuple[Why, str] | None:
    return (
        (Why.WRONG_PATTERN, item.example) if item.pattern and not compile_pattern(item.pattern).matches(text) else None
    )


def _check_moment(item: PlanItem, value: str) -> tuple[Why, str] | None:
    is_moment = {Kind.DATE: moments.is_date, Kind.DATETIME: moments.is_datetime, Kind.TIME: moments.is_time}[item.kind]
    if not is_moment(value):
        return Why.WRONG_TYPE, ""
    if item.minimum is not None and moments.compare(value, item.minimum) == -1:
        return Why.TOO_SMALL, str(item.minimum)
    if item.maximum is not None and moments.compare(value, item.maximum) == 1:
        return Why.TOO_LARGE, str(item.maximum)
    return None

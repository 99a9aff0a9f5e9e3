"""Limits on an answer: smallest and largest, lengths, decimals, pattern; contradictions are reported and ignored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from forms import moments
from forms.extensions import all_of, first_of, value_of
from forms.items import Kind
from forms.measures import converted
from forms.patterns import PatternError, PatternRoom

if TYPE_CHECKING:
    from forms.items import PlanUnit
    from forms.problems import Findings
    from forms.shapes import RawItem

_MOMENTS: Final = {Kind.DATE: moments.is_date, Kind.DATETIME: moments.is_datetime, Kind.TIME: moments.is_time}
_COUNTED: Final = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.QUANTITY})


def read_bounds(item: RawItem, units: Sequence[PlanUnit], patterns: PatternRoom, findings: Findings) -> dict[str, Any]:
    """The limits the form sets and that can be met, as fields of a plan item. Limits of a quantity are in one unit."""
    raw = item.raw
    unit = units[0].code if units else _own_unit(raw)
    low, high = (_value(raw, item.kind, side, unit) for side in ("min", "max"))
    if low is not None and high is not None and _order(low, high) == 1:
        _report(item, f"At least {low} and at most {high}", findings)
        low = high = None
    _report_computed(item, findings)
    shortest, longest = _length(first_of(raw, "minLength")), _length(raw.get("maxLength"))
    if shortest is not None and longest is not None and shortest > longest:
        _report(item, f"At least {shortest} and at most {longest} characters", findings)
        shortest = longest = None
    return {
        "minimum": low,
        "maximum": high,
        "limits_unit": unit if item.kind is Kind.QUANTITY and not (low is None and high is None) else "",
        "min_length": shortest,
        "max_length": longest,
        "max_decimals": _length(first_of(raw, "maxDecimalPlaces"), least=0),
        "pattern": _pattern(item, patterns, findings),
    }


def _own_unit(raw: Mapping[str, Any]) -> str:
    """The unit of the limits themselves, for a question that offers none."""
    found = (first_of(raw, side + name) for name in ("Quantity", "Value") for side in ("min", "max"))
    limit = next((limit for limit in found if isinstance(limit, Mapping)), {})
    unit = limit.get("code") or limit.get("unit")
    return unit if isinstance(unit, str) else ""


def stated_limits(raw: Mapping[str, Any], kind: Kind) -> dict[str, Any]:
    """The limits as fields of a plan item where they contradict each other, which `read_bounds` ignores; else none."""
    low, high = _value(raw, kind, "min", ""), _value(raw, kind, "max", "")
    shortest, longest = _length(first_of(raw, "minLength")), _length(raw.get("maxLength"))
    found: dict[str, Any] = {}
    if kind is not Kind.QUANTITY and low is not None and high is not None and _order(low, high) == 1:
        found |= {"minimum": low, "maximum": high}
    if shortest is not None and longest is not None and shortest > longest:
        found |= {"min_length": shortest, "max_length": longest}
    return found


def _report(item: RawItem, what: str, findings: Findings) -> None:
    findings.warn(
        "impossible-bounds",
        item.link_id,
        message=f"{what}: no answer fits; both limits are ignored.",
        fix="Correct the limits.",
    )


def _report_computed(item: RawItem, findings: Findings) -> None:
    for name in ("minValue", "maxValue", "minQuantity", "maxQuantity"):
        if any(value_of(extension) is None for extension in all_of(item.raw, name)):
            findings.warn(
                "expression-not-used",
                item.link_id,
                message=f"The limit {name} has no fixed value and is not held.",
                fix="Write it as a constraint, which may be an expression.",
            )


def _value(raw: Mapping[str, Any], kind: Kind, side: str, unit: str) -> Any:
    value = first_of(raw, f"{side}Value")
    if value is None:
        value = first_of(raw, f"{side}Quantity")
    if isinstance(value, Mapping):
        value = _in_unit(value, unit)
    if kind in _COUNTED:
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None
    is_moment = _MOMENTS.get(kind)
    return value if is_moment is not None and isinstance(value, str) and is_moment(value) else None


def _in_unit(quantity: Mapping[str, Any], unit: str) -> Any:
    """The limit in the question's first unit, when its own is another."""
    value, own = quantity.get("value"), quantity.get("code") or quantity.get("unit")
    if not isinstance(value, int | float) or isinstance(value, bool) or not isinstance(own, str) or own == unit:
        return value
    return converted(value, own, unit) if unit else value


def _order(low: Any, high: Any) -> int | None:
    if isinstance(low, str) and isinstance(high, str):
        return moments.compare(low, high)
    return int(low > high) - int(low < high)


def _length(value: object, *, least: int = 1) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and least <= value < 10**6 else None


def _pattern(item: RawItem, patterns: PatternRoom, findings: Findings) -> str:
    pattern = first_of(item.raw, "regex")
    if (
        not isinstance(pattern, str)
        or not pattern
        or item.kind not in {Kind.STRING, Kind.TEXT, Kind.URL, Kind.INTEGER, Kind.DECIMAL}
    ):
        return ""
    try:
        compiled = patterns.compile(pattern)
    except PatternError as reason:
        findings.warn(
            "pattern-not-used",
            item.link_id,
            message=f"The pattern cannot be checked: {reason}.",
            fix="Use a simpler regular expression (XML Schema's).",
        )
        return ""
    if compiled.nested:
        findings.warn(
            "slow-pattern",
            item.link_id,
            message="The pattern repeats a repetition: other programs may hang on it. Here its time is bounded.",
            fix="Write the pattern without a repetition inside a repetition.",
        )
    return pattern

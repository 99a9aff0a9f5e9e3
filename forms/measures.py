"""Units that measure the same thing: a limit or a rule in one holds for an answer in another."""

from __future__ import annotations

from decimal import Decimal

from forms.numbers import Number, tidy
from forms.parsing.units import by_code, convert


def converted(value: Number, unit: str, target: str) -> Number | None:
    """`value` in the target unit (UCUM codes), to six decimals; None when the units measure different things."""
    if unit == target:
        return value
    here, there = by_code(unit), by_code(target)
    if here is None or there is None:
        return None
    found = convert(Decimal(str(value)), here, there)
    return None if found is None else tidy(round(float(found), 6))

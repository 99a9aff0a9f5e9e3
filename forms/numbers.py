"""Numbers that come out the same in Python and in the browser: 15 significant digits, integers without a fraction."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

Number = int | float

_FIFTEEN: Final = Context(prec=15, rounding=ROUND_HALF_UP)
_LARGEST_EXACT: Final = 10**15


def tidy(number: Number) -> Number | None:
    """`number` to 15 significant digits, halves away from zero; None when it is not finite."""
    if isinstance(number, int):
        return number if abs(number) < _LARGEST_EXACT else tidy(float(number)) if abs(number) < 10**300 else None
    if not math.isfinite(number):
        return None
    rounded = float(_FIFTEEN.create_decimal(Decimal(number)))
    return int(rounded) if rounded.is_integer() and abs(rounded) < _LARGEST_EXACT else rounded


def round_half_away(number: Number, digits: int) -> Number | None:
    """`number` rounded to `digits` decimals, halves away from zero, as FHIRPath's round()."""
    if not 0 <= digits <= 12 or not math.isfinite(number):
        return None
    scale = 10**digits
    scaled = tidy(abs(number) * scale)
    if scaled is None or scaled >= _LARGEST_EXACT:
        return tidy(number)
    result = tidy(math.floor(scaled + 0.5) / scale)
    return result if result is None or number >= 0 else -result


def number_text(number: Number) -> str | None:
    """The shortest decimal text, without exponent; None outside 1e-6 .. 1e15, where languages write differently."""
    if number == 0:
        return "0"
    if not 1e-6 <= abs(number) < _LARGEST_EXACT:
        return None
    if isinstance(number, float) and number.is_integer():
        return str(int(number))
    text = repr(number)
    return f"{Decimal(text):f}" if "e" in text else text

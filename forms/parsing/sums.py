"""Measures said in two parts that add up: "5 ft 6", "1 m 75", "70kg200", "1 h 30", "38 degrés et demi"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from forms.parsing.mentions import Mention
from forms.parsing.units import convert, of_label

if TYPE_CHECKING:
    from forms.parsing.mentions import Scan
    from forms.parsing.spec import Unit
    from forms.parsing.units import Measure

_SMALLER = {"[ft_i]": "[in_i]", "m": "cm", "h": "min", "[lb_av]": "[oz_av]", "[stone_av]": "[lb_av]"}
DEGREES = frozenset(["degre", "degres", "degree", "degrees", "deg"])
_PARTS_OF_ONE = (Decimal("0.5"), Decimal("0.25"), Decimal("0.75"))


@dataclass(frozen=True, slots=True)
class Part:
    """A number with the unit written at it: a known measure, or one that only this question knows."""

    mention: Mention
    measure: Measure | None
    own: Unit | None
    first: int
    end: int
    counted: bool = False

    @property
    def has_unit(self) -> bool:
        return self.measure is not None or self.own is not None


def summed(parts: list[Part], found: Scan) -> list[Part]:
    """ "5 ft 6", "1 m 75", "6 lb 3 oz", "1 h 30": parts of one measure, the smaller behind the larger."""
    if len(parts) != 2:
        return parts
    large, small = parts
    if large.measure is not None and large.measure.code == "m" and not small.has_unit:
        return _metres(large, small)
    if large.measure is not None and large.measure.code == "kg" and not small.has_unit:
        return _kilos(found, large, small)
    if not large.has_unit and not small.has_unit and found.tokens[large.end].text in DEGREES:
        half = small.mention.readings[0]  # "38 degrés et demi"
        return [_joined(large, small, half)] if half in _PARTS_OF_ONE else parts
    if large.measure is None or len(large.mention.readings) != 1 or len(small.mention.readings) != 1:
        return parts
    if not small.has_unit and small.mention.readings[0] in _PARTS_OF_ONE:  # "an hour and a half", "70 kilos et demi"
        return [_joined(large, small, small.mention.readings[0])]
    smaller = small.measure if small.has_unit else of_label(_SMALLER.get(large.measure.code, "?"))
    number = convert(small.mention.readings[0], smaller, large.measure) if smaller else None
    if smaller is None or number is None or not 0 <= number < 1 or large.mention.readings[0] % 1:
        return parts
    return [_joined(large, small, number)]


def _metres(large: Part, small: Part) -> list[Part]:
    """ "1m75" is 1.75 m; "1m7" may be 1.7 or 1.07."""
    whole, rest = large.mention.readings[0], small.mention.readings[0]
    if whole % 1 or rest % 1 or not 0 <= rest < 100:
        return [large, small]
    readings = (whole + rest / 10, whole + rest / 100) if rest < 10 else (whole + rest / 100,)
    total = Mention(readings, large.first, small.end, sure=len(readings) == 1)
    return [Part(total, large.measure, large.own, large.first, small.end)]


def _kilos(found: Scan, large: Part, small: Part) -> list[Part]:
    """ "70kg200" is 70.2 kg; "70 kg 5" is worth a question."""
    grams, whole = small.mention.readings[0], large.mention.readings[0]
    figure = found.tokens[small.mention.first].text
    if grams in _PARTS_OF_ONE:
        return [_joined(large, small, grams)]
    if not figure.isdigit() or len(figure) not in (1, 3) or whole % 1 or small.mention.end != small.mention.first + 1:
        return [large, small]
    joined = _joined(large, small, grams / 10 ** len(figure))
    sure = joined.mention.sure and len(figure) == 3
    return [replace(joined, mention=replace(joined.mention, sure=sure))]


def _joined(large: Part, small: Part, number: Decimal) -> Part:
    sure = large.mention.sure and small.mention.sure
    total = Mention((large.mention.readings[0] + number,), large.first, small.end, sure)
    return Part(total, large.measure, large.own, large.first, small.end)

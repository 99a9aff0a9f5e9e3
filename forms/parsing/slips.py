"""Bare numbers that a question's unit makes unlikely: "378" or "101" where degrees Celsius are asked for.

Ranges are what a living body can show, with room to spare; outside them the number is asked back, never changed.
Sources: thermometer ranges of ISO 80601-2-56 (34-43 °C) widened to 30-45 °C; heights 40-230 cm; body weights
and heights ever measured (Guinness World Records: 635 kg is one man in the world; asking costs him one reply).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from forms.parsing.units import by_code, convert

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forms.parsing.units import Measure


class Likely(NamedTuple):
    number: Decimal
    plausible: bool


_CELSIUS = (Decimal(30), Decimal(45))
_FAHRENHEIT = (Decimal(86), Decimal(113))
_FEET = (4, 8)  # a height
_HEAVIEST = {"kg": 350, "[lb_av]": 800}  # a body; beyond it a decimal point got lost
_TALLEST_CM = 250
_GLUCOSE_IN_MG = 40  # mmol/L; no such blood sugar is written down by the one who has it, but 90 mg/dL is


def likelier(number: Decimal, measure: Measure | None) -> Iterator[Likely]:
    """The number as given, and what it may have been meant as when it can hardly stand as it is."""
    dimension = measure.dimension if measure else ""
    if measure and dimension == "temperature":
        yield from _temperature(number, measure)
    elif measure and dimension == "length":
        yield from _length(number, measure)
    elif dimension == "fraction" and 0 < number < 1:
        yield Likely(number * 100, plausible=False)
        yield Likely(number, plausible=False)
    elif measure and number > _HEAVIEST.get(measure.code, number):
        yield from _lost_point(number, _HEAVIEST[measure.code])
    else:
        yield Likely(number, plausible=dimension != "molar concentration" or number < _GLUCOSE_IN_MG)


def is_plausible(number: Decimal, measure: Measure | None) -> bool:
    """May a body have that temperature?"""
    low, high = _CELSIUS if measure and measure.code == "Cel" else _FAHRENHEIT
    return low <= number <= high


def _temperature(number: Decimal, measure: Measure) -> Iterator[Likely]:
    """A lost decimal point (378), or the other scale (101 where Celsius is asked for)."""
    own, other = (_CELSIUS, _FAHRENHEIT) if measure.code == "Cel" else (_FAHRENHEIT, _CELSIUS)
    if own[0] <= number <= own[1]:
        yield Likely(number, plausible=True)
        return
    if own[0] <= number / 10 <= own[1]:
        yield Likely(number / 10, plausible=False)
    scale = by_code("[degF]" if measure.code == "Cel" else "Cel")
    if scale and other[0] <= number <= other[1]:
        converted = convert(number, scale, measure)
        if converted is not None:
            yield Likely(round(converted, 1), plausible=False)
    yield Likely(number, plausible=False)


def _length(number: Decimal, measure: Measure) -> Iterator[Likely]:
    """A height in metres or feet where centimetres are asked for, and the other way round."""
    places = number.as_tuple().exponent
    if measure.code == "cm" and 1 <= number <= Decimal("2.5") and places == -2:
        yield Likely(number * 100, plausible=False)
        yield Likely(number, plausible=False)
    elif measure.code == "cm" and _FEET[0] <= number < _FEET[1] and number % 1:
        inches = int(str(number).partition(".")[2])
        if inches < 12:
            yield Likely(feet_and_inches(int(number), inches), plausible=False)
        yield Likely(number, plausible=False)
    elif measure.code == "m" and 100 <= number <= 250:
        yield Likely(number / 100, plausible=False)
        yield Likely(number, plausible=False)
    elif measure.code == "cm" and number > _TALLEST_CM:
        yield from _lost_point(number, _TALLEST_CM)
    else:
        yield Likely(number, plausible=True)


def _lost_point(number: Decimal, most: int) -> Iterator[Likely]:
    """ "705" where no body weighs that much: 70.5, or as given."""
    if number / 10 <= most and number < most * 10:
        yield Likely(number / 10, plausible=False)
    yield Likely(number, plausible=False)


def feet_and_inches(feet: int, inches: int) -> Decimal:
    """A height in centimetres."""
    return Decimal(feet * 12 + inches) * Decimal("2.54")

"""What a figure may be: "37,8" is one number in French and two in English, "1,000" the other way round."""

from __future__ import annotations

import re
from decimal import Decimal

_DIGITS = 15  # more digits than any measure has, and than a float holds
_GROUPED = re.compile(r"\d{1,3}([.,])\d{3}(?:\1\d{3})*(?:(?!\1)[.,]\d+)?")


def numeral_readings(figure: str, *, french: bool) -> tuple[Decimal, ...]:
    """Every number that `figure` may stand for, the likeliest first; none when it is no single number."""
    if sum(character.isdigit() for character in figure) > _DIGITS:
        return ()
    if " " in figure:
        return _after_grouping(figure.replace(" ", ""))
    commas, points = figure.count(","), figure.count(".")
    if commas + points == 0:
        return (Decimal(figure),)
    if commas + points > 1:
        return _grouped(figure, commas=commas, points=points, french=french)
    return _one_separator(figure, french=french)


def _after_grouping(figure: str) -> tuple[Decimal, ...]:
    """Spaces already group the thousands, so a point or comma is the decimal one."""
    return (Decimal(figure.replace(",", ".")),) if figure.count(",") + figure.count(".") <= 1 else ()


def _grouped(figure: str, *, commas: int, points: int, french: bool) -> tuple[Decimal, ...]:
    """ "1,234.5" and "1.234.567": the mark that repeats, or comes first, groups; anything else is a list."""
    found = _GROUPED.fullmatch(figure)
    if found is None:
        return ()
    group = found.group(1)
    if commas and points:
        return (Decimal(figure.replace(group, "").replace(",", ".")),)
    number = Decimal(figure.replace(group, ""))
    return (number,) if (group == ",") != french else (number, number)


def _one_separator(figure: str, *, french: bool) -> tuple[Decimal, ...]:
    separator = "," if "," in figure else "."
    head, tail = figure.split(separator)
    decimal = Decimal(f"{head or '0'}.{tail}")
    if not head or head[0] == "0":
        return (decimal,)
    joined = Decimal(head + tail)
    may_group = len(tail) == 3 and len(head) <= 3
    if separator == ".":  # "1.000" may be one, or a thousand as Europe writes it
        return (decimal, joined) if may_group and (french or tail == "000") else (decimal,)
    if french:
        return (decimal, joined) if may_group else (decimal,)
    return (joined,) if may_group else (decimal, joined)

"""A date of birth as people write it: every date it could mean, so that a right answer in any order opens the door."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from forms.parsing.calendar_words import MONTHS
from forms.parsing.fold import LONGEST, fold

_PIECE = re.compile(r"\d+|[a-z]+")
_MONTH_NUMBERS = {word: number for table in MONTHS.values() for word, number in table.items()}
_CENTURIES = (1900, 2000)


def birth_dates_in(text: str) -> frozenset[str]:
    """The ISO dates `text` can mean: `1986-05-06`, `6 mai 1986`, `05/06/86`, `19860506`. Empty when it is no date."""
    pieces = _PIECE.findall(fold(text[:LONGEST]))
    numbers = [piece for piece in pieces if piece.isdigit()]
    months = [_MONTH_NUMBERS[piece] for piece in pieces if piece in _MONTH_NUMBERS]
    if len(months) == 1 and len(numbers) == 2:
        return _real(_with_month(months[0], *numbers))
    if not months and len(numbers) == 3:
        return _real(_in_any_order(*numbers))
    if not months and len(numbers) == 1 and len(numbers[0]) == 8:
        return _real(_compact(numbers[0]))
    return frozenset()


def _with_month(month: int, first: str, second: str) -> Iterator[tuple[int, int, int]]:
    for day, year in ((first, second), (second, first)):
        yield from ((full, month, int(day)) for full in _years(year))


def _in_any_order(first: str, second: str, third: str) -> Iterator[tuple[int, int, int]]:
    if len(first) != 4:
        for year in _years(third):
            yield year, int(second), int(first)
            yield year, int(first), int(second)
    if len(third) != 4:
        yield from ((year, int(second), int(third)) for year in _years(first))


def _compact(digits: str) -> Iterator[tuple[int, int, int]]:
    yield int(digits[:4]), int(digits[4:6]), int(digits[6:])
    yield int(digits[4:]), int(digits[2:4]), int(digits[:2])
    yield int(digits[4:]), int(digits[:2]), int(digits[2:4])


def _years(written: str) -> tuple[int, ...]:
    if len(written) == 2:
        return tuple(century + int(written) for century in _CENTURIES)
    return (int(written),) if len(written) == 4 else ()


def _real(candidates: Iterator[tuple[int, int, int]]) -> frozenset[str]:
    return frozenset(found for year, month, day in candidates if (found := _iso(year, month, day)))


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None

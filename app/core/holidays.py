"""Statutory holidays of a province or territory, and the days on which a clinic disturbs nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from app.core.log import logger

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
YEARS = range(2024, 2046)


@dataclass(frozen=True)
class QuietDays:
    """Ask `day in days`. Nobody is reached on them unless it is urgent or an answer to somebody who just wrote."""

    dates: frozenset[date] = frozenset()
    weekdays: frozenset[int] = frozenset()  # 0 is Monday

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and (day in self.dates or day.weekday() in self.weekdays)


NO_QUIET_DAYS = QuietDays()


def quiet_days(settings: Mapping[str, Any], province: str | None) -> QuietDays:
    """The clinic's choice in `settings["quiet_days"]`: "holidays" (of its province), weekdays ("sun"), dates
    ("2026-12-24"), and dates that are not quiet after all ("-2026-07-01"). None chosen: no day is quiet."""
    return _read(tuple(settings.get("quiet_days") or ()), province)


@lru_cache(256)
def _read(chosen: tuple[str, ...], province: str | None) -> QuietDays:
    if not chosen:
        return NO_QUIET_DAYS
    dates = set(provincial_holidays(province)) if "holidays" in chosen else set()
    words = [word for word in chosen if word != "holidays" and word not in WEEKDAYS]
    dates |= {day for word in words if not word.startswith("-") and (day := _day(word))}
    dates -= {day for word in words if word.startswith("-") and (day := _day(word[1:]))}
    return QuietDays(frozenset(dates), frozenset(WEEKDAYS.index(word) for word in chosen if word in WEEKDAYS))


def _day(word: str) -> date | None:
    """A word that is no date is passed over and said once: a slip in a setting must not hold up every message."""
    try:
        return date.fromisoformat(word)
    except ValueError:
        logger("settings").warning("quiet_day_unreadable", word=word[:20])
        return None


@lru_cache
def provincial_holidays(province: str | None) -> frozenset[date]:
    """Source: the `holidays` package, Canada, public holidays of the province or territory, or of the whole country."""
    import holidays  # noqa: PLC0415 - 9 MB of every country's days: only for a clinic that keeps them

    known = province if province in holidays.CA.subdivisions else None
    return frozenset(holidays.CA(subdiv=known, years=YEARS))

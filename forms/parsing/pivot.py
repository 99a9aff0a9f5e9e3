"""Years nobody wrote: which century, which side of today. Calendar arithmetic without a clock."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forms.parsing.spec import Tense

EARLIEST = 1880  # nobody who can answer was born before
LATEST = 2150
_YEARS_BACK = 100  # a two-digit year of birth
_YEARS_AHEAD = 20  # a two-digit year of a plan
_LEAP = 8  # years in which any day of the calendar comes round


def real_day(year: int, month: int, day: int) -> date | None:
    """That day, or None when the calendar has no such day."""
    if not (EARLIEST <= year <= LATEST and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):
        return None
    return date(year, month, day)


def centuries(year: int, *, today: date, tense: Tense) -> tuple[int, ...]:
    """The years that a two-digit one may be: up to a hundred years back, twenty ahead."""
    back = today.year - (_YEARS_BACK if tense != "future" else 0)
    ahead = today.year + (_YEARS_AHEAD if tense != "past" else 0)
    return tuple(full for full in (1900 + year, 2000 + year) if back < full <= ahead) or (
        (2000 + year,) if back < 2000 + year <= ahead else ()
    )


def nearest_years(month: int, day: int, *, today: date, tense: Tense) -> tuple[date, ...]:
    """The last and the next time that this day comes round, today being both; one of them when the tense says which."""
    span = range(today.year - _LEAP, today.year + _LEAP + 1)
    days = [found for year in span if (found := real_day(year, month, day))]
    last = [found for found in days if found <= today][-1:]
    coming = [found for found in days if found >= today][:1]
    chosen = {"past": last, "future": coming, "any": last + coming}[tense]
    return tuple(dict.fromkeys([today] if today in chosen else chosen))


def nearest_days_of_month(day: int, *, today: date, tense: Tense) -> tuple[date, ...]:
    """ "The 12th": of this month or the one before or after."""
    days = []
    for shift in range(-2, 3):
        first = month_later(today.replace(day=1), shift)
        found = real_day(first.year, first.month, day)
        days += [found] if found else []
    last = [found for found in days if found <= today][-1:]
    coming = [found for found in days if found >= today][:1]
    chosen = {"past": last, "future": coming, "any": last + coming}[tense]
    return tuple(dict.fromkeys(chosen))


def month_later(day: date, months: int) -> date:
    """The same day some months on, or the last day of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year = min(max(day.year + years, 1), 9999)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def weekday_near(weekday: int, *, today: date, tense: Tense) -> tuple[date, ...]:
    """The day of that name before today and after it; today itself is one that only the patient can rule out."""
    ahead = (weekday - today.weekday()) % 7
    coming = today + timedelta(days=ahead or 7)
    past = today - timedelta(days=(-ahead) % 7 or 7)
    now = (today,) if not ahead else ()
    return {"past": (*now, past), "future": (*now, coming), "any": (*now, past, coming)}[tense]

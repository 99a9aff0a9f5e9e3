"""When the desk is open, and time counted in open hours. Pure: zones, split shifts, nights and holidays included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

HORIZON = timedelta(days=400)  # no deadline looks further; a desk that never opens counts every hour instead


@dataclass(frozen=True)
class Span:
    """Open from one local time to another; an end at or before the start is on the next day (a night shift)."""

    opens: time
    closes: time


@dataclass(frozen=True)
class Hours:
    """`week` holds seven days from Monday. On a holiday the spans that begin that day do not count."""

    zone: str
    week: tuple[tuple[Span, ...], ...]
    holidays: frozenset[date] = field(default_factory=frozenset)


def is_open(moment: datetime, hours: Hours) -> bool:
    return any(start <= moment < end for start, end in _shifts(hours, moment - timedelta(days=1), moment))


def after_open_time(start: datetime, amount: timedelta, hours: Hours) -> datetime:
    """The instant at which `amount` of open time has passed since `start`. Elapsed time, so clock changes are exact."""
    left = amount
    for opens, closes in _shifts(hours, start - timedelta(days=1), start + HORIZON):
        begins = max(opens, start)
        if closes <= begins:
            continue
        if closes - begins >= left:
            return begins + left
        left -= closes - begins
    return start + amount


def open_time_between(start: datetime, end: datetime, hours: Hours) -> timedelta:
    """How much of the time from `start` to `end` the desk was open."""
    pieces = (min(closes, end) - max(opens, start) for opens, closes in _shifts(hours, start - timedelta(days=1), end))
    return sum((piece for piece in pieces if piece > timedelta()), timedelta())


def _shifts(hours: Hours, first: datetime, last: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Open stretches as UTC instants, in order and without overlap, for the local days from `first` to `last`."""
    zone = ZoneInfo(hours.zone)
    day, end, previous = first.astimezone(zone).date(), last.astimezone(zone).date(), first - timedelta(days=2)
    while day <= end:
        spans = () if day in hours.holidays else hours.week[day.weekday()]
        for opens, closes in sorted(_instants(day, span, zone) for span in spans):
            if closes > max(opens, previous):
                yield max(opens, previous), closes
                previous = closes
        day += timedelta(days=1)


def _instants(day: date, span: Span, zone: ZoneInfo) -> tuple[datetime, datetime]:
    last_day = day + timedelta(days=1) if span.closes <= span.opens else day
    opens = datetime.combine(day, span.opens, zone).astimezone(UTC)
    return opens, datetime.combine(last_day, span.closes, zone).astimezone(UTC)

"""Quiet hours and quiet days on the patient's wall clock. Pure; clock changes are the zone's business, not ours."""

from __future__ import annotations

from collections.abc import Container
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MOST_QUIET_DAYS = 60  # nights and days that follow each other; a clinic that is never awake waits no longer than that


def quiet_until(
    moment: datetime, *, zone: str, starts: str, ends: str, days: Container[date] = frozenset()
) -> datetime | None:
    """When the quiet time around `moment` ends (UTC), or None outside it. `starts` and `ends` are local HH:MM.

    Quiet are the hours between them and the whole of each of the local `days`; one after the other is one quiet time.
    A span over midnight is one span. An end that the clock skips in spring is the first moment that exists after it.
    Equal ends mean no quiet hours.
    """
    until = moment
    for _ in range(MOST_QUIET_DAYS):
        later = _night_until(until, zone, starts, ends) or _day_until(until, zone, days)
        if later is None:
            break
        until = later
    return until if until > moment else None


def _night_until(moment: datetime, zone: str, starts: str, ends: str) -> datetime | None:
    local = moment.astimezone(ZoneInfo(zone))
    first, last = time.fromisoformat(starts), time.fromisoformat(ends)
    if not _is_inside(local.time(), first, last):
        return None
    day = local.date() + timedelta(days=1 if first > last and local.time() >= first else 0)
    end = datetime.combine(day, last, ZoneInfo(zone))
    if end.astimezone(UTC) <= moment:  # the hour that autumn repeats: the end meant is the second one
        end = end.replace(fold=1)
    return end.astimezone(UTC)


def _day_until(moment: datetime, zone: str, days: Container[date]) -> datetime | None:
    day = moment.astimezone(ZoneInfo(zone)).date()
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC) if day in days else None


def known_zone(*candidates: str | None) -> str:
    """The first candidate that is a time zone: the patient's, the place's, the clinic's, else UTC."""
    for zone in candidates:
        if zone and _exists(zone):
            return zone
    return "UTC"


def _is_inside(at: time, first: time, last: time) -> bool:
    if first <= last:
        return first <= at < last
    return at >= first or at < last


def _exists(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True

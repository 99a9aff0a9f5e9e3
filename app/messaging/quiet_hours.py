"""Quiet hours on the patient's wall clock. Pure; clock changes are the zone's business, not ours."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def quiet_until(moment: datetime, *, zone: str, starts: str, ends: str) -> datetime | None:
    """When the quiet hours around `moment` end (UTC), or None outside them. `starts` and `ends` are local HH:MM.

    A span over midnight is one span. An end that the clock skips in spring is the first moment that exists after it.
    Equal ends mean no quiet hours.
    """
    local = moment.astimezone(ZoneInfo(zone))
    first, last = time.fromisoformat(starts), time.fromisoformat(ends)
    if not _is_inside(local.time(), first, last):
        return None
    day = local.date() + timedelta(days=1 if first > last and local.time() >= first else 0)
    end = datetime.combine(day, last, ZoneInfo(zone))
    if end.astimezone(UTC) <= moment:  # the hour that autumn repeats: the end meant is the second one
        end = end.replace(fold=1)
    return end.astimezone(UTC)


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

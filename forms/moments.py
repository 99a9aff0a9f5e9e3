"""ISO dates, times and date-times as FHIR writes them, whole or partial: compare and add without guessing."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

_MOMENT: Final = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:\.\d+)?)?)?(Z|[+-]\d\d:\d\d)?)?)?)?", re.ASCII
)
_TIME: Final = re.compile(r"(\d\d)(?::(\d\d)(?::(\d\d)(?:\.\d+)?)?)?", re.ASCII)


def parts(text: str) -> tuple[int, ...] | None:
    """Year, month, ... (or hour, minute, second) as far as given; with a zone, moved to UTC. None: not a moment."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        clock = _TIME.fullmatch(text)
        return tuple(int(part) for part in clock.groups() if part is not None) if clock else None
    found = tuple(int(part) for part in match.groups()[:6] if part is not None)
    zone = match.group(7)
    return found if zone is None or len(found) < 5 else _to_utc(found, zone)


def _to_utc(found: tuple[int, ...], zone: str) -> tuple[int, ...] | None:
    sign = -1 if zone[0] == "-" else 1
    offset = timedelta() if zone == "Z" else sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    try:
        moved = datetime(*found[:5], tzinfo=UTC) - offset  # type: ignore[misc, arg-type]
    except (ValueError, OverflowError):
        return None
    return (moved.year, moved.month, moved.day, moved.hour, moved.minute, *found[5:])


def compare(left: str, right: str) -> int | None:
    """-1, 0 or 1; None when the precisions differ too much to say, or one is not a moment."""
    first, second = parts(left), parts(right)
    if first is None or second is None or (":" in left[:3]) != (":" in right[:3]):
        return None
    for one, other in zip(first, second, strict=False):
        if one != other:
            return -1 if one < other else 1
    return 0 if len(first) == len(second) else None


def is_date(text: str) -> bool:
    """A real calendar date, whole or partial."""
    found = parts(text)
    return "T" not in text and ":" not in text and found is not None and _is_real(found)


def is_datetime(text: str) -> bool:
    found = parts(text)
    return ":" not in text[:4] and found is not None and _is_real(found) and ("T" not in text or len(found) >= 5)


def is_time(text: str) -> bool:
    match = _TIME.fullmatch(text)
    found = [int(part) for part in match.groups() if part is not None] if match else []
    return len(found) >= 2 and found[0] < 24 and all(part < 60 for part in found[1:])


def _is_real(found: tuple[int, ...]) -> bool:
    try:
        padded = (*found, 1, 1)[:3] if len(found) < 3 else found
        datetime(*padded)  # type: ignore[arg-type]  # noqa: DTZ001 -- only checks that the day exists
    except (ValueError, OverflowError):
        return False
    return True


def add(text: str, amount: int, unit: str) -> str | None:
    """A date moved by whole years, months, weeks or days, keeping its precision; None when that means nothing."""
    match = _MOMENT.fullmatch(text)
    if match is None or abs(amount) > 200_000:
        return None
    year, month, day = int(match[1]), int(match[2] or 1), int(match[3] or 1)
    days = {"week": 7, "day": 1}.get(unit)
    try:
        moved = (
            date(year, month, day) + timedelta(days=amount * days) if days else _months(year, month, day, amount, unit)
        )
    except (ValueError, OverflowError):
        return None
    return None if moved is None else moved.isoformat()[: len(text)] + text[10:]


def _months(year: int, month: int, day: int, amount: int, unit: str) -> date | None:
    if unit not in {"year", "month"}:
        return None
    months = year * 12 + month - 1 + amount * (12 if unit == "year" else 1)
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))

"""The desk's hours as a clinic set them, with the statutory holidays of its province."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any

from app.core.holidays import WEEKDAYS, provincial_holidays
from app.core.models import Clinic
from app.support.hours import Hours, Span

OFFICE = (("08:00", "17:00"),)
DEFAULT_WEEK: Mapping[str, Sequence[Sequence[str]]] = dict.fromkeys(WEEKDAYS[:5], OFFICE)


def desk_hours(clinic: Clinic) -> Hours:
    """When the desk of this clinic is open, in the clinic's zone."""
    return hours_from(clinic.settings, zone=clinic.zone, province=clinic.province)


def hours_from(settings: Mapping[str, Any], *, zone: str, province: str | None) -> Hours:
    """Settings of a clinic, all optional: `desk_hours` {"mon": [["08:00", "12:00"], ...]}, `closed_on` and `open_on`
    (dates added to and taken from the province's holidays)."""
    written = settings.get("desk_hours") or DEFAULT_WEEK
    week = tuple(tuple(_span(*pair) for pair in written.get(day, ())) for day in WEEKDAYS)
    closed = provincial_holidays(province) | _dates(settings, "closed_on")
    return Hours(zone=zone, week=week, holidays=frozenset(closed - _dates(settings, "open_on")))


def _span(opens: str, closes: str) -> Span:
    return Span(time.fromisoformat(opens), time.fromisoformat("00:00" if closes == "24:00" else closes))


def _dates(settings: Mapping[str, Any], name: str) -> frozenset[date]:
    return frozenset(date.fromisoformat(text) for text in settings.get(name, ()))

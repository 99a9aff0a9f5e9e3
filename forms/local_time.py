"""The patient's clock: local date and time as text, and moments with their zone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from forms.state import Context


def local_now(context: Context) -> str:
    """The patient's date and time to the second: "2026-11-23T09:30:00"."""
    return context.now.astimezone(ZoneInfo(context.zone)).strftime("%Y-%m-%dT%H:%M:%S")


def zoned(moment: str, zone: str) -> str:
    """A local date and time with the zone's offset at that moment, as FHIR wants it; dates stay as they are."""
    if "T" not in moment:
        return moment
    try:
        local = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    return moment if local.tzinfo else local.replace(tzinfo=ZoneInfo(zone)).isoformat()


def utc_text(context: Context) -> str:
    """Now in UTC, to the second, as answers record it: "2026-11-23T14:30:00Z"."""
    return context.now.strftime("%Y-%m-%dT%H:%M:%SZ")

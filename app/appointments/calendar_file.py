"""One appointment as a calendar file (iCalendar, RFC 5545). Pure. Times are UTC, so that no zone table is needed.

The same appointment always has the same UID: opened again after a change, it moves in the calendar instead of doubling.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LONGEST_LINE = 75  # octets without the line end, RFC 5545 section 3.1
USUAL = timedelta(minutes=30)  # when the record does not say how long


@dataclass(frozen=True)
class Entry:
    """What the calendar is to show. `changed_at` orders versions; a calendar keeps the newest."""

    uid: str
    start_at: datetime
    minutes: int | None
    summary: str
    changed_at: datetime
    place: str = ""
    notes: str = ""
    is_off: bool = False


def calendar_file(entry: Entry) -> bytes:
    """The whole file: UTF-8, lines folded and ended as the standard says."""
    end_at = entry.start_at + (timedelta(minutes=entry.minutes) if entry.minutes else USUAL)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Farline//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{_text(entry.uid)}",
        f"DTSTAMP:{_moment(entry.changed_at)}",
        f"SEQUENCE:{_sequence(entry.changed_at)}",
        f"DTSTART:{_moment(entry.start_at)}",
        f"DTEND:{_moment(end_at)}",
        f"SUMMARY:{_text(entry.summary)}",
        *([f"LOCATION:{_text(entry.place)}"] if entry.place else []),
        *([f"DESCRIPTION:{_text(entry.notes)}"] if entry.notes else []),
        "CLASS:PRIVATE",
        f"STATUS:{'CANCELLED' if entry.is_off else 'CONFIRMED'}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) + b"\r\n" for line in lines)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _sequence(changed_at: datetime) -> int:
    """Grows with each change and fits 32 bits (section 3.8.7.4): minutes since 2025."""
    return max(int((changed_at - datetime(2025, 1, 1, tzinfo=UTC)).total_seconds() // 60), 0)


def _text(value: str) -> str:
    """TEXT of section 3.3.11: backslash, semicolon, comma and line end escaped; other control characters left out."""
    lines = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").splitlines()
    return "\\n".join("".join(sign for sign in line if sign.isprintable()) for line in lines)


def _folded(line: str) -> bytes:
    """No line longer than 75 octets, and none cut inside a character."""
    parts, room = [b""], LONGEST_LINE
    for sign in line:
        letter = sign.encode()
        if len(letter) > room:
            parts.append(b"")
            room = LONGEST_LINE - 1  # the blank that begins a continued line counts
        parts[-1] += letter
        room -= len(letter)
    return b"\r\n ".join(parts)

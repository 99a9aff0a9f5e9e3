"""Desk hours, dates and phone numbers as an administrator writes them. Pure: what was read, or what to put right."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from app.core.holidays import WEEKDAYS
from channels.address import Address, normalise_phone

MOST_SPANS, MOST_DATES, MOST_NUMBERS = 6, 200, 5
_CLOSED = frozenset({"", "-", "–", "closed", "fermé", "ferme"})
_TIME = r"(\d{1,2})(?:\s?[:h]\s?(\d{2})?)?"
_SPAN = re.compile(rf"{_TIME}\s*(?:-|–|—|to|à|a)\s*{_TIME}", re.IGNORECASE)
_SPLIT = re.compile(r"[,;\n]|\s(?:and|et)\s", re.IGNORECASE)
_SPAN_SENTENCE = "“{word}” cannot be read. Write it like 08:00-12:00, 13:00-17:00, or leave the day empty."
_TIME_SENTENCE = "“{word}” is no time of day. Times go from 00:00 to 24:00."
_EMPTY_SPAN_SENTENCE = "“{word}” begins and ends at the same time. For the whole day write 00:00-24:00."
_OVERLAP_SENTENCE = "“{one}” and “{other}” overlap. Write them as one."
_MANY_SPANS_SENTENCE = "A day has at most {most} stretches. Join some of them."
_NO_DAY_SENTENCE = "Write at least one stretch in the week, or no deadline could ever be counted."
_DATE_SENTENCE = "“{word}” is not a date. Write it like 2026-12-24."
_MANY_DATES_SENTENCE = "At most {most} dates can be kept. Take out those that have passed."
_BOTH_SENTENCE = "{day} is also among the days on which the desk is closed. Keep it in one of the two."
_MANY_NUMBERS_SENTENCE = "At most {most} phones can be alerted. Take some out."


@dataclass(frozen=True)
class Wrong:
    """What to put right in one field. `sentence` is a msgid, `values` fill it after translation."""

    sentence: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class WrittenHours:
    """The settings as they are kept, and what was wrong, by field."""

    settings: Mapping[str, object]
    wrong: Mapping[str, Wrong]


def read_hours(texts: Mapping[str, str]) -> WrittenHours:
    """From fields `mon` to `sun`, `closed_on` and `open_on`."""
    week: dict[str, list[list[str]]] = {}
    wrong: dict[str, Wrong] = {}
    for day in WEEKDAYS:
        spans = read_day(texts.get(day, ""))
        if isinstance(spans, Wrong):
            wrong[day] = spans
        elif spans:
            week[day] = spans
    dates: dict[str, list[str]] = {}
    for name in ("closed_on", "open_on"):
        days = read_dates(texts.get(name, ""))
        if isinstance(days, Wrong):
            wrong[name] = days
        else:
            dates[name] = days
    if not week and not wrong:
        wrong["mon"] = Wrong(_NO_DAY_SENTENCE)
    both = set(dates.get("closed_on", ())) & set(dates.get("open_on", ()))
    if both:
        wrong["open_on"] = Wrong(_BOTH_SENTENCE, {"day": min(both)})
    return WrittenHours({"desk_hours": week, **dates}, wrong)


def read_day(text: str) -> list[list[str]] | Wrong:
    """`08:00-12:00, 22-6` -> [["08:00", "12:00"], ["22:00", "06:00"]]; an end before its start is on the next day."""
    if text.strip().lower() in _CLOSED:
        return []
    spans: list[list[str]] = []
    for word in (piece.strip() for piece in _SPLIT.split(text)):
        if not word:
            continue
        found = _SPAN.fullmatch(word)
        if found is None:
            return Wrong(_SPAN_SENTENCE, {"word": word[:30]})
        opens, closes = _time(found[1], found[2]), _time(found[3], found[4])
        if opens is None or closes is None or opens == "24:00":
            return Wrong(_TIME_SENTENCE, {"word": word[:30]})
        if opens == closes:
            return Wrong(_EMPTY_SPAN_SENTENCE, {"word": word[:30]})
        spans.append([opens, closes])
    if len(spans) > MOST_SPANS:
        return Wrong(_MANY_SPANS_SENTENCE, {"most": MOST_SPANS})
    return _apart(sorted(spans))


def write_day(spans: Iterable[Iterable[str]]) -> str:
    return ", ".join("-".join(span) for span in spans)


def read_dates(text: str) -> list[str] | Wrong:
    words = re.split(r"[\s,;]+", text.strip())
    days: set[str] = set()
    for word in filter(None, words):
        try:
            days.add(date.fromisoformat(word).isoformat())
        except ValueError:
            return Wrong(_DATE_SENTENCE, {"word": word[:30]})
    return Wrong(_MANY_DATES_SENTENCE, {"most": MOST_DATES}) if len(days) > MOST_DATES else sorted(days)


def read_numbers(text: str) -> list[str] | Wrong:
    """One phone a line, in E.164."""
    numbers: list[str] = []
    for line in filter(None, (each.strip() for each in text.splitlines())):
        read = normalise_phone(line[:64])
        if not isinstance(read, Address):
            return Wrong(read.sentence)
        if read.value not in numbers:
            numbers.append(read.value)
    return Wrong(_MANY_NUMBERS_SENTENCE, {"most": MOST_NUMBERS}) if len(numbers) > MOST_NUMBERS else numbers


def _time(hour: str, minute: str | None) -> str | None:
    at = int(hour) * 60 + int(minute or 0)
    return f"{at // 60:02}:{at % 60:02}" if int(minute or 0) < 60 and at <= 24 * 60 else None


def _apart(spans: list[list[str]]) -> list[list[str]] | Wrong:
    """The spans, unless one begins before the one before it has ended."""
    for one, other in pairwise(spans):
        is_overnight = one[1] <= one[0]
        if is_overnight or other[0] < one[1]:
            return Wrong(_OVERLAP_SENTENCE, {"one": "-".join(one), "other": "-".join(other)})
    return spans

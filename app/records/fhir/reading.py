"""Reading elements of a resource without trusting its shape: the wrong type reads as absent, never as an error."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

LONGEST = 200  # characters of a name or title; what is longer was not written for a line on a screen
TIMEZONE_URL = "http://hl7.org/fhir/StructureDefinition/timezone"
# FHIR R4 id: letters, digits, - and . , at most 64 (http://hl7.org/fhir/R4/datatypes.html#id)
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
# Marks that reorder or hide what follows them on a screen (Unicode UAX #9), and code points no text may hold.
_HIDDEN = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects in a list, or the one object that should have stood in a list."""
    found = value if isinstance(value, list) else [value]
    return [each for each in found if isinstance(each, dict)]


def first(value: Any) -> dict[str, Any]:
    return next(iter(objects(value)), {})


def words(value: Any) -> str:
    """A string as it may be shown and stored: no control or reordering characters, one line, at most LONGEST."""
    if not isinstance(value, str):
        return ""
    kept = "".join(
        " " if each.isspace() else each
        for each in value[: LONGEST * 10]
        if each.isspace() or (each not in _HIDDEN and unicodedata.category(each) not in ("Cc", "Cs"))
    )
    return " ".join(kept.split())[:LONGEST].strip()


def is_cleaned(value: Any) -> bool:
    """Whether `words` had to leave something out."""
    return isinstance(value, str) and words(value) != " ".join(value.split())


def resource_id(resource: dict[str, Any]) -> str | None:
    value = resource.get("id")
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def version_of(resource: dict[str, Any]) -> str | None:
    value = first(resource.get("meta")).get("versionId")
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def updated_at(resource: dict[str, Any]) -> datetime | None:
    return instant(first(resource.get("meta")).get("lastUpdated"))


def instant(value: Any) -> datetime | None:
    """An instant with its offset; a time without one could be anywhere and reads as absent."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def codes(concept: Any) -> list[tuple[str, str]]:
    """(system, code) of a CodeableConcept's codings."""
    codings = objects(first(concept).get("coding"))
    return [(str(each.get("system", "")), str(each.get("code", ""))) for each in codings]


def said(concept: Any) -> str:
    """A CodeableConcept in words: its text, else the first display, else nothing."""
    found = first(concept)
    displays = (words(each.get("display")) for each in objects(found.get("coding")))
    return words(found.get("text")) or next((each for each in displays if each), "")


def zone_of(resource: dict[str, Any]) -> tuple[str | None, bool]:
    """The IANA zone its timezone extension names, and whether one was named that nobody knows."""
    for each in objects(resource.get("extension")):
        if each.get("url") == TIMEZONE_URL:
            name = each.get("valueCode")
            return (name, False) if isinstance(name, str) and is_zone(name) else (None, True)
    return None, False


def is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def reference_of(value: Any, kind: str) -> str | None:
    """The id a Reference points at when it is a `kind`: `Patient/1`, `http://x/fhir/Patient/1/_history/2` -> `1`."""
    target = first(value).get("reference")
    if not isinstance(target, str):
        return None
    match = re.fullmatch(rf"(?:.*/)?{kind}/([A-Za-z0-9.-]{{1,64}})(?:/_history/[A-Za-z0-9.-]+)?", target)
    return match.group(1) if match else None

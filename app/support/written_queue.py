"""A queue as an administrator writes it. Pure: its settings, or what to put right, by field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.support.rules import DEFAULT_TARGETS, PREFERENCE_LASTS, RUNG_WAIT, Timer, Topic, Urgency
from app.support.written_hours import Wrong

LONGEST_NAME, LONGEST_SKILL, MOST_SKILLS = 60, 30, 10
_USUAL: Mapping[str, Any] = {
    "languages": [],
    "urgencies": [],
    "requires": [],
    "requires_language": False,
    "relaxes_after": None,
    "targets": {},
    "rung_waits": {},
    "rings_on_call": [Urgency.URGENT.value],
}
MOST_MINUTES = 60 * 24 * 60  # sixty days
_NAME_SENTENCE = "Give the queue a name of at most {most} characters."
_TOPIC_SENTENCE = "Choose what the queue is about."
_MINUTES_SENTENCE = "Write whole minutes from {least} to {most}."
_ORDER_SENTENCE = "A ticket is taken, then answered, then closed: these minutes may not fall from left to right."
_SKILLS_SENTENCE = "Write at most {most} skills of at most {long} characters, with commas between them."


@dataclass(frozen=True)
class WrittenQueue:
    """`settings` hold only what differs from the defaults, so that better defaults reach every clinic."""

    name: str
    topic: Topic | None
    settings: Mapping[str, Any]
    wrong: Mapping[str, Wrong]


def read_queue(texts: Mapping[str, str], *, languages: Iterable[str], urgencies: Iterable[str]) -> WrittenQueue:
    """`languages` and `urgencies` are those ticked: the queue is only for these tickets; none ticked, for all."""
    wrong: dict[str, Wrong] = {}
    name = " ".join(texts.get("name", "").split())
    if not 1 <= len(name) <= LONGEST_NAME:
        wrong["name"] = Wrong(_NAME_SENTENCE, {"most": LONGEST_NAME})
    topic = Topic(texts["topic"]) if texts.get("topic") in set(Topic) else None
    if topic is None:
        wrong["topic"] = Wrong(_TOPIC_SENTENCE)
    tongues, levels = sorted(set(languages)), [each for each in Urgency if each.value in set(urgencies)]
    settings: dict[str, Any] = {
        "languages": tongues,
        "urgencies": [] if len(levels) == len(Urgency) else [each.value for each in levels],
        "requires": _skills(texts, wrong),
        "requires_language": bool(texts.get("requires_language")),
        "relaxes_after": _minutes(texts, "relaxes_after", PREFERENCE_LASTS, wrong, least=0),
        "targets": _targets(texts, wrong),
        "rung_waits": _rung_waits(texts, wrong),
        "rings_on_call": [each.value for each in Urgency if texts.get(f"rings-{each.value}")],
    }
    return WrittenQueue(name, topic, {key: each for key, each in settings.items() if each != _USUAL[key]}, wrong)


def _skills(texts: Mapping[str, str], wrong: dict[str, Wrong]) -> list[str]:
    skills = sorted({" ".join(each.split()).lower() for each in texts.get("requires", "").split(",")} - {""})
    if len(skills) > MOST_SKILLS or any(len(each) > LONGEST_SKILL for each in skills):
        wrong["requires"] = Wrong(_SKILLS_SENTENCE, {"most": MOST_SKILLS, "long": LONGEST_SKILL})
    return skills


def _targets(texts: Mapping[str, str], wrong: dict[str, Wrong]) -> dict[str, dict[str, Any]]:
    """Only urgencies whose deadlines differ from ours."""
    own: dict[str, dict[str, Any]] = {}
    for urgency in Urgency:
        usual, before = DEFAULT_TARGETS[urgency], 0
        found: dict[str, Any] = {}
        for timer in Timer:
            field = f"{urgency.value}-{timer.value}"
            minutes = _minutes(texts, field, getattr(usual, timer.value), wrong)
            if minutes is not None:
                found[timer.value] = minutes
            stands = minutes or _in_minutes(getattr(usual, timer.value))
            if field not in wrong and stands < before:
                wrong[field] = Wrong(_ORDER_SENTENCE)
            before = max(before, stands)
        is_around = bool(texts.get(f"{urgency.value}-around_the_clock"))
        if is_around != usual.is_around_the_clock:
            found["around_the_clock"] = is_around
        if found:
            own[urgency.value] = found
    return own


def _rung_waits(texts: Mapping[str, str], wrong: dict[str, Wrong]) -> dict[str, int]:
    waits = {each: _minutes(texts, f"{each.value}-wait", RUNG_WAIT[each], wrong) for each in Urgency}
    return {urgency.value: minutes for urgency, minutes in waits.items() if minutes is not None}


def _minutes(
    texts: Mapping[str, str], field: str, usual: timedelta, wrong: dict[str, Wrong], *, least: int = 1
) -> int | None:
    """None when empty or as usual."""
    text = texts.get(field, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 7 and least <= int(text) <= MOST_MINUTES):
        wrong[field] = Wrong(_MINUTES_SENTENCE, {"least": least, "most": MOST_MINUTES})
        return None
    return None if int(text) == _in_minutes(usual) else int(text)


def _in_minutes(length: timedelta) -> int:
    return int(length.total_seconds()) // 60

"""Replies and what they mean, one row each: tests/cases/parse_en.json and parse_fr.json.

A row gives the question (type, options, units, bounds, order, tense), the text, and the outcome; the candidates only
where they are part of the rule.
"""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from forms.parsing import AnswerSpec, AnswerType, Choice, OutcomeKind, Unit, read

FOLDER = Path(__file__).parents[2] / "cases"
ROWS = [
    pytest.param(row, locale, id=f"{locale} {row['type']} {row.get('tense', '')} {row['text']!r}")
    for name, locale in (("parse_en.json", "en-CA"), ("parse_fr.json", "fr-CA"))
    for row in json.loads((FOLDER / name).read_text(encoding="utf-8"))
]
MARKED = re.compile(r"(\w)\) (.*)")


@pytest.mark.parametrize(("row", "locale"), ROWS)
def test_a_reply_is_a_value_a_question_or_nothing(row: dict[str, Any], locale: str) -> None:
    outcome = read(
        spec_of(row),
        row["text"],
        locale=locale,
        today=date.fromisoformat(row.get("today", "2026-11-22")),
        order=row.get("order"),
        tense=row.get("tense", "any"),
    )
    assert (outcome.kind.value, outcome.value) == (row["outcome"], row.get("value"))
    if "candidates" in row:
        assert list(outcome.candidates) == row["candidates"]
    assert (outcome.kind is OutcomeKind.ASK) == bool(outcome.candidates)
    assert len(outcome.candidate_texts) == len(outcome.candidates)


def spec_of(row: dict[str, Any]) -> AnswerSpec:
    return AnswerSpec(
        AnswerType(row["type"]),
        options=choices_of(row.get("options", [])),
        units=tuple(Unit(label) for label in row.get("units", [])),
        minimum=row.get("min"),
        maximum=row.get("max"),
        repeats=row.get("repeats", False),
    )


def choices_of(options: list[str]) -> tuple[Choice, ...]:
    """Options that print their own letter ("a) Never"), or else their place."""
    marked = [MARKED.fullmatch(option) for option in options]
    own = [Choice(option, found[2], found[1]) for option, found in zip(options, marked, strict=True) if found]
    return tuple(own) or tuple(Choice(option, option, str(place)) for place, option in enumerate(options, start=1))

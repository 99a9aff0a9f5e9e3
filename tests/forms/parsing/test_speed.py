"""A reading is a small part of a turn: 0.1 ms where the whole turn has 0.4."""

from __future__ import annotations

import time
from datetime import date
from statistics import median

import pytest

from forms.parsing import AnswerSpec, AnswerType, Choice, Unit, read

LABELS = ("Not at all", "Several days", "More than half the days", "Nearly every day")
OPTIONS = tuple(Choice(label, label, str(number)) for number, label in enumerate(LABELS, start=1))
TYPICAL = [
    (AnswerSpec(AnswerType.BOOLEAN), "oui"),
    (AnswerSpec(AnswerType.BOOLEAN), "non, je vais bien"),
    (AnswerSpec(AnswerType.INTEGER), "7"),
    (AnswerSpec(AnswerType.DECIMAL), "ma température est 37,8"),
    (AnswerSpec(AnswerType.QUANTITY, units=(Unit("kg"),)), "70,5 kg"),
    (AnswerSpec(AnswerType.DATE), "12 mars 2027"),
    (AnswerSpec(AnswerType.TIME), "15h30"),
    (AnswerSpec(AnswerType.CHOICE, options=OPTIONS), "2"),
    (AnswerSpec(AnswerType.CHOICE, options=OPTIONS), "several days"),
]


@pytest.mark.parametrize(("spec", "text"), TYPICAL, ids=lambda value: getattr(value, "type", value))
def test_a_typical_reading_takes_a_tenth_of_a_millisecond(spec: AnswerSpec, text: str) -> None:
    """The median of many, in processor time; bench/ has the plain figures."""

    def once() -> float:
        started = time.thread_time()
        read(spec, text, locale="fr-CA", today=date(2026, 11, 22))
        return time.thread_time() - started

    once()
    assert median(once() for _ in range(300)) < 0.0003

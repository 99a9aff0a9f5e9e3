"""Whatever arrives: no reading raises, takes long, invents a value outside the bounds, or depends on dressing."""

from __future__ import annotations

import json
import time
import unicodedata
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forms.parsing import AnswerSpec, AnswerType, Choice, Outcome, OutcomeKind, Unit, read

TODAY = date(2026, 11, 22)
OPTIONS = tuple(
    Choice(label, label, str(place))
    for place, label in enumerate(
        ["Not at all", "Several days", "More than half the days", "Nearly every day"], start=1
    )
)
SPECS = [
    AnswerSpec(AnswerType.BOOLEAN),
    AnswerSpec(AnswerType.INTEGER),
    AnswerSpec(AnswerType.INTEGER, minimum=0, maximum=10, units=(Unit("days"),)),
    AnswerSpec(AnswerType.DECIMAL),
    AnswerSpec(AnswerType.QUANTITY),
    AnswerSpec(AnswerType.QUANTITY, units=(Unit("°C", "Cel"), Unit("°F", "[degF]"))),
    AnswerSpec(AnswerType.QUANTITY, units=(Unit("jours"),)),
    AnswerSpec(AnswerType.DATE),
    AnswerSpec(AnswerType.TIME),
    AnswerSpec(AnswerType.DATETIME),
    AnswerSpec(AnswerType.CHOICE, options=OPTIONS),
    AnswerSpec(AnswerType.CHOICE, options=OPTIONS, repeats=True),
    AnswerSpec(AnswerType.CHOICE),
    AnswerSpec(AnswerType.BLOOD_PRESSURE),
]
WORDS = st.sampled_from(
    """
    37,837,8 1.234.567
    yes no oui non nan one two deux cinq quatre vingt dix hundred mille half demi et and or ou - / . , : ; ? ! ' " ° % +
    37,8 37.8 120/80 1 000 12 2027 03 5 15h30 3pm am pm noon midi minuit at à in dans il y a ago days jours weeks mois
    march mars mardi tuesday next last prochain dernier tomorrow demain hier quinze huit kg lb cm ft °C F mg degrees
    several days not at all option a b c 1 2 3 4 1O \u202e \u200f \x00 😀 ١٢ ½ ² ① \u202f
    """.split(" ")
)
TEXTS = st.one_of(
    st.text(max_size=60), st.lists(WORDS, max_size=9).map(" ".join), st.lists(WORDS, max_size=9).map("".join)
)
LOCALES = st.sampled_from(["en-CA", "fr-CA", "fr", "iu", "crk", "", "xx-YY"])
TENSES = st.sampled_from(["past", "future", "any"])
ORDERS = st.sampled_from([None, "dmy", "mdy", "ymd"])


@settings(max_examples=400)
@given(st.sampled_from(SPECS), TEXTS, LOCALES, st.dates(), TENSES, ORDERS)
@example(SPECS[9], "midi et 2027 past", "fr", TODAY, "any", None)
@example(SPECS[3], ".,37.837,837.8", "en", TODAY, "any", None)
@example(SPECS[2], "1 et 37,837,8", "en", TODAY, "any", None)
@example(SPECS[7], "in 1500 weeks", "en", date(9999, 12, 31), "any", None)
@example(SPECS[7], "il y a 1500 ans", "fr", date(1, 1, 1), "any", None)
def test_any_text_ends_in_one_well_formed_outcome(
    spec: AnswerSpec, text: str, locale: str, today: date, tense: str, order: str | None
) -> None:
    outcome = read(spec, text, locale=locale, today=today, tense=tense, order=order)  # type: ignore[arg-type]
    assert (outcome.value is not None) == (outcome.kind is OutcomeKind.VALUE)
    assert bool(outcome.candidates) == (outcome.kind is OutcomeKind.ASK)
    assert len(outcome.candidates) == len(outcome.candidate_texts) <= 4
    json.dumps([outcome.value, *outcome.candidates], allow_nan=False)
    for value in (outcome.value, *outcome.candidates):
        assert value is None or well_formed(spec, value)


def well_formed(spec: AnswerSpec, value: object) -> bool:  # noqa: C901  one case per type reads best in one place
    match spec.type:
        case AnswerType.BOOLEAN:
            return isinstance(value, bool)
        case AnswerType.INTEGER:
            low, high = spec.minimum, spec.maximum
            inside = isinstance(value, int) and (low is None or low <= value) and (high is None or value <= high)  # type: ignore[operator]
            return inside and not isinstance(value, bool)
        case AnswerType.DECIMAL:
            return isinstance(value, int | float)
        case AnswerType.QUANTITY:
            labels = {unit.label for unit in spec.units}
            return isinstance(value, dict) and (not labels or value["unit"] in labels)
        case AnswerType.DATE:
            return bool(date.fromisoformat((str(value) + "-01-01")[:10]))
        case AnswerType.TIME:
            return len(str(value)) == 8 and "00:00:00" <= str(value) <= "23:59:59"
        case AnswerType.DATETIME:
            return len(str(value)) in (4, 7, 10, 19, 20, 25)
        case AnswerType.CHOICE if spec.repeats:
            return isinstance(value, list) and set(value) <= {choice.value for choice in spec.options}
        case AnswerType.CHOICE:
            return value in {choice.value for choice in spec.options}
        case AnswerType.BLOOD_PRESSURE:
            return isinstance(value, dict) and value["diastolic"] < value["systolic"]  # type: ignore[operator]
    return False


DRESSINGS = ["{} ", "  {}", "{}.", "{}!", "\u200f{}", "\u202a{}\u202c", "{}\x00", "{}\n"]


@pytest.mark.parametrize("dressing", DRESSINGS, ids=repr)
@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (SPECS[0], "yes"),
        (SPECS[1], "12"),
        (SPECS[3], "37.8"),
        (SPECS[7], "12 March 2027"),
        (SPECS[8], "15h30"),
        (SPECS[10], "several days"),
        (SPECS[13], "120/80"),
    ],
    ids=["boolean", "integer", "decimal", "date", "time", "choice", "pressure"],
)
def test_spaces_marks_and_invisible_signs_change_nothing(spec: AnswerSpec, text: str, dressing: str) -> None:
    assert answer(spec, dressing.format(text)) == answer(spec, text)
    assert answer(spec, text.upper()) == answer(spec, text)
    assert answer(spec, text).kind is OutcomeKind.VALUE


def answer(spec: AnswerSpec, text: str) -> Outcome:
    return read(spec, text, locale="en-CA", today=TODAY)


LONG = [
    "yes " * 2500,
    "9" * 10_000,
    "1 000 " * 1666,
    "1," * 5000,
    "12/03/2027 " * 900,
    "a" * 10_000,
    "twenty " * 1400,
    "several days and " * 580,
    "march " * 1600,
    "😀" * 10_000,
    "\u202e" * 10_000,
    "\x00" * 10_000,
    " " * 9_999 + "5",
    "-" * 10_000,
    "1" + " " * 9_000 + "2",
    "15h30 " * 1600,
    "(" * 10_000,
    "not at all " * 900,
]


@pytest.mark.parametrize("text", LONG, ids=lambda text: repr(text[:12]))
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec.type}{len(spec.units)}{spec.repeats}")
def test_ten_thousand_characters_are_read_in_bounded_time(spec: AnswerSpec, text: str) -> None:
    assert min(_reading_s(spec, text) for _ in range(3)) < 0.1, "at its best: the collector may run in between"


def _reading_s(spec: AnswerSpec, text: str) -> float:
    started = time.process_time()
    read(spec, text, locale="fr-CA", today=TODAY)
    return time.process_time() - started


def _said_alike(label: str) -> str:
    """Labels that read alike (1, １, ١) are one label: a form that repeats a label cannot ask which one is meant."""
    return "".join(
        str(unicodedata.digit(sign, sign)) for sign in unicodedata.normalize("NFKC", label).casefold().strip()
    )


@given(
    st.lists(
        st.text(st.characters(categories=["L", "N", "Zs"]), min_size=1, max_size=20),
        min_size=1,
        max_size=12,
        unique_by=_said_alike,
    )
)
def test_the_number_beside_an_option_is_that_option_or_a_question(labels: list[str]) -> None:
    """Only a label that is itself another option's number makes a question of it."""
    spec = AnswerSpec(
        AnswerType.CHOICE, options=tuple(Choice(f"v{n}", label, str(n)) for n, label in enumerate(labels, start=1))
    )
    for number in range(1, len(labels) + 1):
        outcome = read(spec, str(number), locale="en", today=TODAY)
        assert f"v{number}" in (outcome.value, *outcome.candidates)


@given(st.lists(st.text(st.characters(categories=["L"]), min_size=3, max_size=20), min_size=1, max_size=8, unique=True))
def test_a_label_as_printed_is_its_option_or_a_question(labels: list[str]) -> None:
    spec = AnswerSpec(
        AnswerType.CHOICE, options=tuple(Choice(f"v{n}", label, str(n)) for n, label in enumerate(labels, start=1))
    )
    for number, label in enumerate(labels, start=1):
        outcome = read(spec, label, locale="en", today=TODAY)
        assert f"v{number}" in (outcome.value, *outcome.candidates)


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.sampled_from(["en", "fr"]))
def test_every_day_is_read_back_from_its_own_words(day: date, locale: str) -> None:
    spec = AnswerSpec(AnswerType.DATE)
    first = read(spec, day.isoformat(), locale=locale, today=TODAY)
    assert first.value == day.isoformat()
    again = read(spec, str(first.read_back), locale=locale, today=TODAY)
    assert again.value == day.isoformat()


@given(st.times(), st.sampled_from(["en", "fr"]))
def test_every_minute_is_read_back_from_its_own_words(moment: object, locale: str) -> None:
    iso = str(moment)[:5]
    spec = AnswerSpec(AnswerType.TIME)
    first = read(spec, iso + "0" if len(iso) < 5 else iso, locale=locale, today=TODAY)
    spoken = first.read_back or first.candidate_texts[0]
    again = read(spec, spoken, locale=locale, today=TODAY)
    assert f"{iso}:00" in (again.value, *again.candidates)


@given(st.decimals(-9999, 9999, places=2), st.sampled_from(["en", "fr"]))
def test_every_number_is_read_back_from_its_own_figures(number: object, locale: str) -> None:
    spec = AnswerSpec(AnswerType.DECIMAL)
    first = read(spec, str(number), locale="en", today=TODAY)
    again = read(spec, str(read(spec, str(number), locale=locale, today=TODAY).read_back), locale=locale, today=TODAY)
    assert first.value == again.value == float(str(number))

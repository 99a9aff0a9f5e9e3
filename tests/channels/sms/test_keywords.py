"""Consent words and carriers' own words, from the shared case table."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.keywords import CARRIER_WORDS, ConsentWord, carrier_word, consent_word, is_wrong_number, line_language

CASES = json.loads((Path(__file__).parents[2] / "cases" / "keywords.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["text"]))
def test_each_text_is_consent_carrier_word_wrong_number_or_none(case: dict[str, object]) -> None:
    text = str(case["text"])
    found = (consent_word(text), carrier_word(text), is_wrong_number(text))
    assert found == (case.get("consent"), case.get("carrier"), case.get("wrong_number", False))


@pytest.mark.parametrize("word", ["CANCEL", "END", "QUIT", "YES"])
def test_a_carriers_word_that_is_also_an_answer_still_reaches_the_conversation(word: str) -> None:
    assert consent_word(word) is None
    assert carrier_word(word) is not None


def test_every_word_by_which_carriers_stop_is_a_consent_word_or_an_answer() -> None:
    stops = {word for word, meaning in CARRIER_WORDS.items() if meaning is ConsentWord.STOP}
    assert {word for word in stops if consent_word(word) is None} == {"cancel", "end", "quit", "remove", "td"}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ARRÊT", "fr"), ("ARRETEZ", "fr"), ("mauvais numéro", "fr"), ("stop svp", "fr"), ("STOP ARRET", "fr"),
        ("aide", "fr"), ("reprendre", "fr"), ("pas la bonne personne", "fr"), ("STOP aux messages", "fr"),
        ("wrong number", "en"), ("stop texting me", "en"), ("help", "en"), ("wrong person, stop", "en"),
        ("STOP", None), ("Start", None), ("bonjour", None), ("wrong number of pills", None), ("", None),
    ],
)  # fmt: skip
def test_a_text_about_the_line_says_its_language_unless_both_use_the_word(text: str, language: str | None) -> None:
    assert line_language(text) == language


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading(text: str) -> None:
    assert consent_word(text) in (None, *ConsentWord)
    assert carrier_word(text) in (None, *ConsentWord)


def test_ten_thousand_characters_are_no_keyword() -> None:
    assert consent_word("stop " * 2000) is None
    assert not is_wrong_number("stop " * 2000)


@pytest.mark.parametrize(
    "word", ["stop ", "this ", "wrong ", "you have ", "texts ", "je pense que ", "vous ", "stop wrong number "]
)
def test_a_text_made_to_be_slow_is_read_at_once(word: str) -> None:
    text = (word * 60)[:119]
    began = time.process_time()
    assert consent_word(text) in (None, *ConsentWord)
    assert is_wrong_number(text) in (True, False)
    assert time.process_time() - began < 0.2

"""Patterns match whole answers, and in time that grows with the answer only."""

from __future__ import annotations

import time

import pytest

from forms.patterns import PatternError, PatternRoom, compile_pattern


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        (r"[A-Z]\d[A-Z] ?\d[A-Z]\d", "H3Z 2Y7", True),
        (r"[A-Z]\d[A-Z] ?\d[A-Z]\d", "H3Z2Y7", True),
        (r"[A-Z]\d[A-Z] ?\d[A-Z]\d", "H3Z  2Y7", False),
        (r"^\d{4}-\d{2}$", "2026-11", True),
        (r"^\d{4}-\d{2}$", "2026-1", False),
        (r"\d{2,4}", "1", False),
        (r"\d{2,4}", "1234", True),
        (r"\d{2,4}", "12345", False),
        (r"\d{2,}", "123456", True),
        (r"a|b|", "", True),
        (r"(ab)*", "abab", True),
        (r"(ab)*", "aba", False),
        (r"(?:a|bc)+d?", "abcad", True),
        (r"[^0-9]+", "abc", True),
        (r"[^0-9]+", "ab1", False),
        (r"[\w.+-]+@[\w-]+\.[\w.]+", "a.b@example.org", True),
        (r"[a\-z]", "-", True),
        (r"[]a]", "]", True),
        (r".*", "any thing", True),
        (r"\p{L}+", "Éloïse", True),
        (r"\p{Lu}.*", "éloïse", False),
        (r"é", "é", True),
        (r"a+?b", "aab", True),
        (r"\(\d{3}\)", "(514)", True),
    ],
)
def test_a_pattern_fits_the_whole_answer_or_not(pattern, text, fits):
    assert compile_pattern(pattern).matches(text) is fits


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?=a)",
        r"(a)\1",
        r"\b",
        "(",
        "a)",
        "[a",
        "*",
        "a**",
        "{1}{2}" * 3,
        "a{5,2}",
        "a{5000}",
        r"\p",
        r"\u12",
        "a^b",
        "x" * 3000,
    ],
)
def test_what_cannot_be_checked_in_bounded_time_is_refused(pattern):
    with pytest.raises(PatternError):
        compile_pattern(pattern)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(.*)*x", "(a?){30}a{30}", "((a*)*)*"])
def test_what_hangs_others_answers_at_once(pattern):
    started = time.process_time()
    compile_pattern(pattern).matches("a" * 1500 + "!")
    assert time.process_time() - started < 5


def test_a_repetition_in_a_repetition_is_noticed():
    assert compile_pattern("(a+)+").nested
    assert not compile_pattern(r"[A-Z]\d{3}( \d{3})?").nested


def test_a_form_cannot_spend_more_on_patterns_than_there_is_room():
    room = PatternRoom(states=50)
    room.compile("a{40}")
    with pytest.raises(PatternError):
        room.compile("b")

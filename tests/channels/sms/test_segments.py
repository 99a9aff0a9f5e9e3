"""Segments: the shared case table, two independent calculators, and what folding may and may not do."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import gsm0338  # noqa: F401  registers the "gsm03.38" codec
import pytest
import smsutil
from hypothesis import example, given
from hypothesis import strategies as st

from channels.sms.segments import BASIC, EXTENSION, Encoding, fold, measure, plain_letters

CASES = json.loads((Path(__file__).parents[2] / "cases" / "segments.json").read_text(encoding="utf-8"))
EVERYDAY = st.text(st.sampled_from(sorted(BASIC | EXTENSION) + list("çêœ’«\u00a0ᐃᓄ😀")), max_size=500)
GSM_TEXTS = st.text(st.sampled_from(sorted(BASIC | EXTENSION)), max_size=500)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_text_costs_what_the_table_says(case: dict[str, Any]) -> None:
    measured = measure(case["text"])
    found = {
        "encoding": measured.encoding.value,
        "units": measured.units,
        "segments": measured.segments,
        "offenders": list(measured.offenders),
    }
    assert found == {key: case[key] for key in found}


@given(EVERYDAY)
@example("a" * 152 + "{" + "a" * 152)
@example("😀" * 67)
def test_the_count_is_that_of_smsutil(text: str) -> None:
    """smsutil never cuts an escape or surrogate pair either; only joined emoji may cost more here."""
    assert measure(text).segments == max(1, len(smsutil.split(text).parts))


@given(GSM_TEXTS)
def test_gsm_septets_are_the_bytes_of_the_gsm0338_codec(text: str) -> None:
    measured = measure(text)
    assert (measured.encoding, measured.units) == (Encoding.GSM_7, len(text.encode("gsm03.38")))


def test_the_alphabet_is_that_of_the_gsm0338_codec() -> None:
    every = [chr(code) for code in range(0x3000) if unicodedata.category(chr(code)) != "Cs"]
    encodable = {letter for letter in every if _encodes(letter)}
    assert encodable - {"\x1b"} == BASIC | EXTENSION


def _encodes(letter: str) -> bool:
    try:
        return bool(letter.encode("gsm03.38"))
    except UnicodeEncodeError:
        return False


@given(st.text(max_size=400))
def test_offenders_are_exactly_the_letters_outside_the_alphabet(text: str) -> None:
    measured = measure(text)
    assert set(measured.offenders) == {letter for letter in text if letter not in BASIC | EXTENSION}
    assert (measured.encoding is Encoding.UCS_2) == bool(measured.offenders)


@given(st.text(max_size=400))
def test_every_part_is_full_enough_and_none_is_missing(text: str) -> None:
    measured = measure(text)
    alone, joined = (160, 153) if measured.encoding is Encoding.GSM_7 else (70, 67)
    least = 1 if measured.units <= alone else -(-measured.units // joined)
    assert measured.segments >= least


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("2:05\u202fp.m.", "2:05 p.m."),
        ("1\u00a0000", "1 000"),
        ("C’est «\u00a0oui\u00a0»", 'C\'est " oui "'),
        ("9–17 h — lundi…", "9-17 h - lundi..."),
        ("ça va être à Québec", "ça va être à Québec"),
        ("ᐃᓄᒃᑎᑐᑦ ł ʔ ā", "ᐃᓄᒃᑎᑐᑦ ł ʔ ā"),
        ("−5", "-5"),
        ("½ ² ³ € £", "½ ² ³ € £"),
    ],
)
def test_folding_changes_signs_and_never_letters(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=300))
def test_folding_keeps_every_letter_and_digit_and_never_costs_more(text: str) -> None:
    folded = fold(text)
    assert [sign for sign in folded if sign.isalnum()] == [sign for sign in text if sign.isalnum()]
    assert fold(folded) == folded
    assert measure(folded).segments <= measure(text).segments or "…" in text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("ça être cœur À Noël", "ca etre coeur A Noel"),
        ("été à Çà où", "été à Çà où"),
        ("ᐃᓄᒃ łʔ", "ᐃᓄᒃ łʔ"),
        ("wāpan č", "wāpan č"),
        ("Île-aux-Loups", "Ile-aux-Loups"),
        ("« ç »", '" c "'),
    ],
)
def test_plain_letters_lose_only_accents_that_cost(text: str, plain: str) -> None:
    assert plain_letters(text) == plain


def test_a_long_text_is_counted_in_bounded_time() -> None:
    assert measure("ê" * 100_000).segments == -(-100_000 // 67)

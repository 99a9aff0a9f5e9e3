"""Texts as parts: judged by gsm0338 and smsutil, no letter cut in two, and read back as they were."""

from __future__ import annotations

import gsm0338
import pytest
import smsutil
from hypothesis import given
from hypothesis import strategies as st

from channels.smpp.parts import ALPHABET, EXTENSION_WITH_EURO, GSM_7, UCS_2, UDH, is_binary, read, reference_of, split
from channels.sms.segments import BASIC, EXTENSION, measure

GSM = "".join(sorted(BASIC | EXTENSION))


def joined(parts):
    return "".join(read(p.content, data_coding=p.data_coding, esm_class=p.esm_class).text for p in parts)


def test_the_alphabet_is_the_one_that_segments_are_counted_with():
    assert set(ALPHABET) - {"\x1b"} == BASIC
    assert set(EXTENSION_WITH_EURO.values()) == EXTENSION


def test_the_alphabet_is_the_judges():
    (part,) = split(GSM[:100], reference=1)
    assert part.content == gsm0338.Codec().encode(GSM[:100])[0]


@pytest.mark.parametrize(
    ("text", "count", "data_coding"),
    [
        ("x" * 160, 1, GSM_7),
        ("x" * 161, 2, GSM_7),
        ("x" * 306, 2, GSM_7),
        ("x" * 307, 3, GSM_7),
        ("€" * 80, 1, GSM_7),
        ("€" * 81, 2, GSM_7),
        ("x" * 152 + "{" + "x" * 152, 3, GSM_7),
        ("ê" * 70, 1, UCS_2),
        ("ê" * 71, 2, UCS_2),
        ("😀" * 35, 1, UCS_2),
        ("😀" * 36, 2, UCS_2),
        ("ê" * 66 + "😀" + "ê" * 67, 3, UCS_2),
    ],
)
def test_parts_are_as_many_as_the_standard_says(text, count, data_coding):
    parts = split(text, reference=7)
    assert len(parts) == count
    assert {part.data_coding for part in parts} == {data_coding}
    assert all(len(part.content) <= (160 if data_coding == GSM_7 else 140) for part in parts)
    assert joined(parts) == text


def test_the_header_names_reference_total_and_number():
    first, second = split("x" * 161, reference=0x2A)
    assert (first.content[:6], second.content[:6]) == (b"\x05\x00\x03\x2a\x02\x01", b"\x05\x00\x03\x2a\x02\x02")
    assert {first.esm_class, second.esm_class} == {UDH}


@given(st.text(alphabet=st.sampled_from(GSM), min_size=1, max_size=700))
def test_gsm_texts_are_cut_as_the_judge_cuts_them(text):
    assert len(split(text, reference=1)) == len(smsutil.split(text).parts)
    assert joined(split(text, reference=1)) == text


@given(st.text(min_size=1, max_size=300))
def test_any_text_comes_out_as_it_went_in_and_never_costs_more_than_measured(text):
    text = text.encode("utf-8", "ignore").decode()
    parts = split(text or "x", reference=1)
    assert joined(parts) == (text or "x")
    assert len(parts) <= measure(text or "x").segments


@pytest.mark.parametrize(
    ("content", "data_coding", "esm_class", "heard"),
    [
        (b"\x1be 5", 0, 0, ("€ 5", 0, 1, 1)),
        ("Ça va".encode("latin-1"), 3, 0, ("Ça va", 0, 1, 1)),
        ("ᐃᓄ".encode("utf-16-be"), 8, 0, ("ᐃᓄ", 0, 1, 1)),
        (b"\x05\x00\x03\x07\x02\x01oui", 0, 0x40, ("oui", 7, 1, 2)),
        (b"\x06\x08\x04\x01\x02\x03\x02oui", 0, 0x40, ("oui", 0x0102, 2, 3)),
        (b"\x05\x00\x03\x07\x00\x09oui", 0, 0x40, ("oui", 0, 1, 1)),
        (b"\x7foui", 0, 0x40, ("àoui", 0, 1, 1)),
        (b"", 0, 0x40, ("", 0, 1, 1)),
        (b"a\x80\xff", 0, 0, ("a\ufffd\ufffd", 0, 1, 1)),
        (b"\xd8\x3d", 8, 0, ("\ufffd", 0, 1, 1)),
        ("ᐃᓄ".encode("utf-16-be"), 0x18, 0, ("ᐃᓄ", 0, 1, 1)),
        ("ᐃᓄ".encode("utf-16-be"), 0xE8, 0, ("ᐃᓄ", 0, 1, 1)),
        (b"\x05 la", 0xF0, 0, ("é la", 0, 1, 1)),
        ("да".encode("iso8859-5"), 6, 0, ("да", 0, 1, 1)),
    ],
)
def test_received_octets_are_read_and_broken_ones_do_no_harm(content, data_coding, esm_class, heard):
    read_back = read(content, data_coding=data_coding, esm_class=esm_class)
    assert (read_back.text, read_back.reference, read_back.number, read_back.total) == heard


@pytest.mark.parametrize(
    ("data_coding", "answer"),
    [(2, True), (4, True), (0x14, True), (0xF5, True), (0, False), (8, False), (0x18, False), (0xF0, False)],
)
def test_what_is_no_text_is_known_by_its_coding(data_coding, answer):
    assert is_binary(data_coding) is answer


@given(st.binary(max_size=200), st.integers(0, 255), st.integers(0, 255))
def test_no_octets_break_the_reader(content, data_coding, esm_class):
    read(content, data_coding=data_coding, esm_class=esm_class)


def test_a_resumed_text_keeps_its_reference():
    assert reference_of("+13065550155", "texte") == reference_of("+13065550155", "texte")
    assert 0 <= reference_of("+1", "x") <= 255

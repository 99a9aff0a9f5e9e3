"""What a reminder may cost, as an administrator writes it: read, or told what to put right and where."""

from __future__ import annotations

import pytest

from app.pathways.written_costs import read_costs, written


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({}, {"ladder_cap": None, "costs": {}}),
        ({"cap": "12", "sms": "1", "voice": "5"}, {"ladder_cap": 12.0, "costs": {}}),
        ({"cap": " 2,5 ", "sms": "0.79"}, {"ladder_cap": 2.5, "costs": {"sms": 0.79}}),
        ({"day": " 400 "}, {"ladder_cap": None, "costs": {}, "daily_segments": 400}),
        ({"voice": "0"}, {"ladder_cap": None, "costs": {"voice": 0.0}}),
        ({"cap": "0", "sms": "0"}, {"ladder_cap": 0.0, "costs": {"sms": 0.0}}),
    ],
    ids=["all empty", "the usual costs", "comma and point", "a day", "free calls", "free texts and nothing else"],
)
def test_costs_are_read_as_people_write_them(texts, expected):
    read = read_costs(texts)
    assert not read.wrong
    assert read.settings == {"daily_segments": None, **expected}


@pytest.mark.parametrize("text", ["much", "-1", "nan", "inf", "1e9", "１２", "100001", "1 000", "0x10", "1_0"])
def test_what_is_no_amount_is_named_where_it_stands(text):
    read = read_costs({"cap": text})
    assert set(read.wrong) == {"cap"}
    assert read.wrong["cap"].values["word"] == text


@pytest.mark.parametrize("text", ["many", "0", "-5", "2.5", "１２", "100001", "1 000"])
def test_a_day_is_a_whole_number(text):
    assert set(read_costs({"day": text}).wrong) == {"day"}


def test_a_cap_that_pays_for_no_text_is_refused():
    read = read_costs({"cap": "0,5"})
    assert read.wrong["cap"].values == {"cap": "0.5", "least": "1"}


@pytest.mark.parametrize("amount", [0, 1, 2.5, 0.0079, 100_000])
def test_an_amount_is_shown_as_it_would_be_typed(amount):
    assert read_costs({"voice": written(amount)}).settings["costs"] == {"voice": amount}

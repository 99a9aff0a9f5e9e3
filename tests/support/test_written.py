"""Desk hours and queues as administrators write them: read, or told what to put right and where."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.support.calendars import hours_from
from app.support.deadlines import targets_of
from app.support.hours import is_open
from app.support.rules import Rung, Urgency, climbs_of, closeness, needs_of
from app.support.written_hours import Wrong, read_dates, read_day, read_hours, read_numbers, write_day
from app.support.written_queue import read_queue


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("08:00-12:00, 13:00-17:00", [["08:00", "12:00"], ["13:00", "17:00"]]),
        ("13-17; 8-12", [["08:00", "12:00"], ["13:00", "17:00"]]),
        ("8 h 30 à 16 h", [["08:30", "16:00"]]),
        ("8h-12h et 13h15-17h", [["08:00", "12:00"], ["13:15", "17:00"]]),
        ("9:00 to 17:00", [["09:00", "17:00"]]),
        ("22:00–06:00", [["22:00", "06:00"]]),
        ("00:00-24:00", [["00:00", "24:00"]]),
        ("", []),
        (" Fermé ", []),
        ("closed", []),
    ],
)
def test_a_day_is_read_as_people_write_it(text, expected):
    assert read_day(text) == expected
    assert read_day(write_day(expected)) == expected


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("all day", "all day"),
        ("08:00", "08:00"),
        ("8-25", "8-25"),
        ("08:60-12:00", "08:60-12:00"),
        ("24:00-06:00", "24:00-06:00"),
        ("09:00-09:00", "09:00-09:00"),
        ("08:00-12:00, 11:00-17:00", "08:00-12:00"),
        ("20:00-02:00, 22:00-23:00", "20:00-02:00"),
        ("<b>8-12</b>" * 9, "<b>8-12</b>"),
    ],
)
def test_what_cannot_be_hours_is_named(text, named):
    wrong = read_day(text)
    assert isinstance(wrong, Wrong)
    assert any(str(value).startswith(named) for value in wrong.values.values())
    assert all(len(str(value)) <= 30 for value in wrong.values.values())


def test_each_field_has_its_own_trouble():
    read = read_hours({"mon": "8-12", "tue": "x", "closed_on": "24 Dec", "open_on": "2026-07-01"})
    assert set(read.wrong) == {"tue", "closed_on"}


def test_a_week_without_an_hour_is_refused():
    assert set(read_hours({}).wrong) == {"mon"}


def test_a_date_is_not_both_closed_and_open():
    read = read_hours({"mon": "8-12", "closed_on": "2026-12-24", "open_on": "2026-12-24"})
    assert read.wrong["open_on"].values == {"day": "2026-12-24"}


def test_what_was_written_is_what_the_desk_keeps():
    """Split shifts, a night past Saturday, a day more and a holiday less, in Manitoba."""
    read = read_hours({"mon": "8-12, 13-17", "sat": "22-6", "closed_on": "2026-12-21", "open_on": "2026-12-25"})
    hours = hours_from(read.settings, zone="America/Winnipeg", province="MB")
    openings = {
        datetime(2026, 12, 14, 18, 30, tzinfo=UTC): False,  # Monday 12:30
        datetime(2026, 12, 14, 19, 30, tzinfo=UTC): True,  # Monday 13:30
        datetime(2026, 12, 20, 10, 0, tzinfo=UTC): True,  # Sunday 04:00, the night of Saturday
        datetime(2026, 12, 21, 16, 0, tzinfo=UTC): False,  # Monday 10:00, closed by hand
    }
    assert {moment: is_open(moment, hours) for moment in openings} == openings


def test_dates_come_once_and_in_order():
    assert read_dates("2026-12-31\n2026-12-24, 2026-12-31") == ["2026-12-24", "2026-12-31"]


def test_phones_are_read_and_what_is_none_is_told_why():
    assert read_numbers("306 555-0199\n\n(306) 555-0199\n+1 204 555 0142") == ["+13065550199", "+12045550142"]
    assert isinstance(read_numbers("911"), Wrong)
    assert isinstance(read_numbers("\n".join(f"306 555-01{n}" for n in range(10, 16))), Wrong)


QUEUE = {"name": " Wound  care ", "topic": "clinical"}


def queue(languages=(), urgencies=(), **texts):
    return read_queue({**QUEUE, **texts}, languages=languages, urgencies=urgencies)


def test_an_empty_queue_form_keeps_nothing_but_its_name_and_rings_only_as_ticked():
    read = queue(**{"rings-urgent": "1", "urgent-around_the_clock": "1"})
    assert (read.name, read.topic.value, dict(read.settings), dict(read.wrong)) == ("Wound care", "clinical", {}, {})


def test_a_filled_queue_form_says_what_the_rules_then_do():
    read = queue(
        ["fr"], ["urgent", "soon"], requires="Wounds, ,  diabetes ", requires_language="1", relaxes_after="0",
        **{"soon-claim": "15", "soon-wait": "7", "rings-soon": "1", "soon-around_the_clock": "1"},
    )  # fmt: skip
    assert not read.wrong
    needs, soon = needs_of(read.settings), targets_of(read.settings, Urgency.SOON)
    assert needs.skills == {"wounds", "diabetes"}
    assert (needs.language, needs.preference_lasts.total_seconds()) == (True, 0)
    assert (soon.claim.total_seconds() / 60, soon.is_around_the_clock) == (15, True)
    climbs = climbs_of(read.settings, Urgency.SOON)
    assert (climbs.wait.total_seconds() / 60, climbs.rungs[-1]) == (7, Rung.ON_CALL)
    assert climbs_of(read.settings, Urgency.URGENT).rungs[-1] is Rung.SUPERVISOR


@pytest.mark.parametrize(
    ("texts", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"topic": "love"}, "topic"),
        ({"soon-claim": "soon"}, "soon-claim"),
        ({"soon-claim": "0"}, "soon-claim"),
        ({"soon-close": "９９"}, "soon-close"),
        ({"soon-claim": "300"}, "soon-answer"),
        ({"urgent-answer": "5"}, "urgent-answer"),
        ({"routine-wait": "99999999"}, "routine-wait"),
        ({"requires": ",".join(f"skill {n}" for n in range(11))}, "requires"),
    ],
)
def test_what_cannot_stand_is_named_by_its_field(texts, field):
    assert set(queue(**texts).wrong) == {field}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, 0),
        ({"languages": ["fr"]}, 1),
        ({"languages": ["fr", "cr"], "urgencies": ["soon"]}, 2),
        ({"languages": ["en"]}, None),
        ({"languages": ["fr"], "urgencies": ["urgent"]}, None),
    ],
)
def test_how_closely_a_queue_asks_for_a_ticket(settings, expected):
    assert closeness(settings, locale="fr-CA", urgency=Urgency.SOON) == expected

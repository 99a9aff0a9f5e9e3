"""The calendar file, by the letter of RFC 5545."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.appointments.calendar_file import Entry, calendar_file

ENTRY = Entry(
    uid="0123abcd",
    start_at=datetime(2026, 12, 4, 14, 0, tzinfo=timezone(timedelta(hours=-5))),
    minutes=20,
    summary="Appointment",
    changed_at=datetime(2026, 12, 1, 15, 0, tzinfo=UTC),
)


def read(file: bytes) -> dict[str, str]:
    """Unfolds and reads the properties of the one event, as section 3.1 says a reader must."""
    text = file.decode()
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    lines = text.replace("\r\n ", "").split("\r\n")[:-1]
    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert (lines[-2], lines[-1]) == ("END:VEVENT", "END:VCALENDAR")
    event = lines[lines.index("BEGIN:VEVENT") + 1 : -2]
    properties = dict(line.split(":", 1) for line in event)
    assert len(properties) == len(event), "no property twice"
    return properties


def test_the_same_moment_in_utc_for_as_long_as_it_lasts():
    event = read(calendar_file(ENTRY))
    assert (event["DTSTART"], event["DTEND"]) == ("20261204T190000Z", "20261204T192000Z")
    assert event["DTSTAMP"] == "20261201T150000Z"
    assert event["UID"] == "0123abcd"
    assert event["STATUS"] == "CONFIRMED"


def test_without_a_known_length_half_an_hour():
    assert read(calendar_file(replace(ENTRY, minutes=None)))["DTEND"] == "20261204T193000Z"


def test_it_is_neutral_unless_told_otherwise():
    assert {"LOCATION", "DESCRIPTION"}.isdisjoint(read(calendar_file(ENTRY)))
    assert read(calendar_file(replace(ENTRY, place="North, Hall")))["LOCATION"] == "North\\, Hall"


def test_a_change_is_a_newer_version_of_the_same_event():
    moved = replace(
        ENTRY, start_at=ENTRY.start_at + timedelta(days=1), changed_at=ENTRY.changed_at + timedelta(hours=1)
    )
    before, after = read(calendar_file(ENTRY)), read(calendar_file(moved))
    assert before["UID"] == after["UID"]
    assert int(before["SEQUENCE"]) < int(after["SEQUENCE"]) < 2**31


def test_what_is_off_is_taken_out_of_the_calendar():
    assert read(calendar_file(replace(ENTRY, is_off=True)))["STATUS"] == "CANCELLED"


@pytest.mark.parametrize(
    ("written", "escaped"),
    [
        ("a;b,c\\d", "a\\;b\\,c\\\\d"),
        ("one\r\ntwo\nthree", "one\\ntwo\\nthree"),
        ("X\r\nATTENDEE:mailto:x", "X\\nATTENDEE:mailto:x"),
        ("bell\x07", "bell"),
        ("", ""),
    ],
)
def test_no_text_can_begin_a_property_of_its_own(written, escaped):
    assert read(calendar_file(replace(ENTRY, summary=written)))["SUMMARY"] == escaped


@pytest.mark.parametrize("letters", ["é" * 100, "ᐊ" * 100, "x" * 300, "🙂" * 40, "xé" * 70])
def test_long_lines_are_folded_between_characters(letters):
    file = calendar_file(replace(ENTRY, summary=letters))
    for line in file.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()
    assert read(file)["SUMMARY"] == letters

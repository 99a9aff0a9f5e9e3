"""Time counted in open hours: split shifts, nights, holidays and clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.support.hours import Hours, Span, after_open_time, is_open, open_time_between

OFFICE = (*((Span(time(8), time(12)), Span(time(13), time(17))),) * 5, (), ())
TORONTO = Hours("America/Toronto", OFFICE, frozenset({date(2026, 12, 25)}))
NIGHT = Hours("America/Toronto", tuple((Span(time(22), time(6)),) for _ in range(7)))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        pytest.param("2026-12-01 15:00", 1, "2026-12-01 16:00", id="within a shift"),
        pytest.param("2026-12-01 16:30", 1, "2026-12-01 18:30", id="over the lunch break"),
        pytest.param("2026-12-01 21:00", 2, "2026-12-02 14:00", id="over the night"),
        pytest.param("2026-12-04 21:30", 1, "2026-12-07 13:30", id="over the weekend"),
        pytest.param("2026-12-24 21:00", 2, "2026-12-28 14:00", id="over Christmas and a weekend"),
        pytest.param("2026-12-05 15:00", 1, "2026-12-07 14:00", id="asked on a Saturday"),
    ],
)
def test_a_deadline_counts_open_hours_only(start, hours, expected):
    assert after_open_time(utc(start), timedelta(hours=hours), TORONTO) == utc(expected)


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        pytest.param("2026-11-01 02:00", 6, "2026-11-01 08:00", id="the night with 25 hours has nine open ones"),
        pytest.param("2026-11-01 02:00", 9, "2026-11-01 11:00", id="all nine of them"),
        pytest.param("2026-03-08 03:00", 7, "2026-03-08 10:00", id="the night with 23 hours has seven"),
        pytest.param("2026-03-08 03:00", 8, "2026-03-09 03:00", id="the eighth comes the next evening"),
    ],
)
def test_a_night_shift_over_a_clock_change_counts_real_hours(start, hours, expected):
    assert after_open_time(utc(start), timedelta(hours=hours), NIGHT) == utc(expected)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-12-01 13:00", True),
        ("2026-12-01 12:59", False),
        ("2026-12-01 17:30", False),
        ("2026-12-01 22:00", False),
        ("2026-12-05 15:00", False),
        ("2026-12-25 15:00", False),
    ],
)
def test_the_desk_is_open_in_its_hours_only(moment, expected):
    assert is_open(utc(moment), TORONTO) is expected


def test_a_desk_that_never_opens_counts_every_hour():
    never = Hours("America/Toronto", ((),) * 7)
    assert after_open_time(utc("2026-12-01 15:00"), timedelta(hours=3), never) == utc("2026-12-01 18:00")


def test_overlapping_shifts_count_once():
    doubled = Hours("UTC", ((Span(time(8), time(12)), Span(time(10), time(14))),) * 7)
    assert open_time_between(utc("2026-12-01 00:00"), utc("2026-12-02 00:00"), doubled) == timedelta(hours=6)


def span(start: int, length: int) -> Span:
    end = start + length
    return Span(time(start // 60, start % 60), time(end % 1440 // 60, end % 60))


SPANS = st.builds(span, st.integers(0, 1439), st.integers(15, 900))
WEEKS = st.tuples(*[st.lists(SPANS, max_size=3).map(tuple)] * 7)
ZONES = st.sampled_from(["America/Toronto", "America/St_Johns", "America/Regina", "America/Vancouver"])
MOMENTS = st.integers(0, 300 * 24 * 60).map(lambda minutes: utc("2026-02-01 00:00") + timedelta(minutes=minutes))
HOURS = st.builds(Hours, ZONES, WEEKS, st.frozensets(st.dates(date(2026, 2, 1), date(2026, 12, 31)), max_size=5))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(hours=HOURS, start=MOMENTS, minutes=st.integers(1, 3000))
def test_the_open_time_up_to_a_deadline_is_the_time_allowed(hours, start, minutes):
    """Whatever the shifts, holidays and clock changes; a desk that never opens counts every hour."""
    allowed = timedelta(minutes=minutes)
    due = after_open_time(start, allowed, hours)
    passed = open_time_between(start, due, hours)
    assert passed == allowed or (due == start + allowed and not any(hours.week))

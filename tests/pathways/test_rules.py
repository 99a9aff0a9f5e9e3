"""When a step falls due: wall clocks, clock changes, quiet hours, late bookings, ladders."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.pathways.rules import (
    Offset,
    Place,
    Quiet,
    Timing,
    before_quiet,
    is_quiet,
    leave_quiet,
    moment_from,
    next_rung_at,
    pick_zone,
    plan_steps,
)

QUIET = Quiet(time(21), time(8))
THREE_DAYS = Timing("three_days", Offset(days=-3), Offset(days=-1), Offset(minutes=-240))
TWO_HOURS = Timing("two_hours", Offset(minutes=-120), Offset(minutes=-30), Offset(minutes=-30))


def local(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def place(zone: str) -> Place:
    return Place(zone, QUIET)


# Toronto, St. John's and Winnipeg change on 14 March and 7 November 2027, Rankin Inlet too; Regina never does.
@pytest.mark.parametrize(
    ("zone", "start", "expected"),
    [
        ("America/Toronto", "2027-03-15 09:00", "2027-03-12T14:00+00:00"),
        ("America/Toronto", "2027-11-08 09:00", "2027-11-05T13:00+00:00"),
        ("America/St_Johns", "2027-03-15 09:00", "2027-03-12T12:30+00:00"),
        ("America/St_Johns", "2027-11-08 09:00", "2027-11-05T11:30+00:00"),
        ("America/Winnipeg", "2027-03-15 09:00", "2027-03-12T15:00+00:00"),
        ("America/Winnipeg", "2027-11-08 09:00", "2027-11-05T14:00+00:00"),
        ("America/Regina", "2027-03-15 09:00", "2027-03-12T15:00+00:00"),
        ("America/Regina", "2027-11-08 09:00", "2027-11-05T15:00+00:00"),
        ("America/Rankin_Inlet", "2027-03-15 09:00", "2027-03-12T15:00+00:00"),
        ("America/Rankin_Inlet", "2027-11-08 09:00", "2027-11-05T14:00+00:00"),
    ],
)
def test_three_days_before_keeps_its_hour_across_a_clock_change(zone, start, expected):
    moment = moment_from(local(start, zone), Offset(days=-3), zone)
    assert moment == datetime.fromisoformat(expected)
    assert moment.astimezone(ZoneInfo(zone)).time() == time(9)


@pytest.mark.parametrize(
    ("zone", "start", "local_clock"),
    [
        ("America/Toronto", "2027-03-14 04:30", "01:30"),  # 02:00 to 03:00 does not exist that night
        ("America/Toronto", "2027-11-07 02:30", "01:30"),  # 01:00 to 02:00 happens twice
        ("America/St_Johns", "2027-03-14 04:30", "01:30"),
        ("America/Regina", "2027-03-14 04:30", "02:30"),
        ("America/Rankin_Inlet", "2027-11-07 02:30", "01:30"),
    ],
)
def test_two_hours_before_is_two_real_hours(zone, start, local_clock):
    anchor = local(start, zone)
    moment = moment_from(anchor, Offset(minutes=-120), zone)
    assert anchor - moment == timedelta(hours=2)
    assert moment.astimezone(ZoneInfo(zone)).strftime("%H:%M") == local_clock


def test_a_local_time_skipped_by_the_clock_change_becomes_the_one_an_hour_later():
    moment = moment_from(local("2027-03-17 02:30", "America/Toronto"), Offset(days=-3), "America/Toronto")
    assert moment.astimezone(ZoneInfo("America/Toronto")).strftime("%d %H:%M") == "14 03:30"


def test_a_local_time_that_happens_twice_is_taken_the_first_time():
    moment = moment_from(local("2027-11-10 01:30", "America/Toronto"), Offset(days=-3), "America/Toronto")
    assert moment == datetime(2027, 11, 7, 5, 30, tzinfo=UTC)


def test_a_fixed_local_time_rules_over_the_anchors():
    moment = moment_from(local("2026-12-01 16:45", "America/Regina"), Offset(days=1, at=time(9)), "America/Regina")
    assert moment == local("2026-12-02 09:00", "America/Regina")


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        (("America/Regina", "America/Toronto", "America/Winnipeg"), "America/Regina"),
        ((None, "America/Toronto", "America/Winnipeg"), "America/Toronto"),
        (("", None, "America/Winnipeg"), "America/Winnipeg"),
        (("Mars/Olympus", "../etc/passwd", "America/Winnipeg"), "America/Winnipeg"),
        ((None, None), "UTC"),
    ],
)
def test_the_patients_zone_then_the_sites_then_the_clinics(candidates, expected):
    assert pick_zone(*candidates) == expected


@pytest.mark.parametrize(
    ("clock", "quiet", "expected"),
    [
        ("20:59", QUIET, False),
        ("21:00", QUIET, True),
        ("03:00", QUIET, True),
        ("07:59", QUIET, True),
        ("08:00", QUIET, False),
        ("13:00", Quiet(time(12), time(14)), True),
        ("14:00", Quiet(time(12), time(14)), False),
        ("03:00", Quiet(time(8), time(8)), False),
    ],
)
def test_quiet_hours_begin_at_their_first_minute_and_end_before_their_last(clock, quiet, expected):
    assert is_quiet(local(f"2026-12-01 {clock}", "America/Toronto"), Place("America/Toronto", quiet)) is expected


@pytest.mark.parametrize(
    ("zone", "moment", "later", "earlier"),
    [
        ("America/Toronto", "2026-12-01 22:15", "2026-12-02 08:00", "2026-12-01 20:00"),
        ("America/Toronto", "2026-12-02 06:40", "2026-12-02 08:00", "2026-12-01 20:00"),
        ("America/St_Johns", "2027-03-14 01:00", "2027-03-14 08:00", "2027-03-13 20:00"),
        ("America/Winnipeg", "2027-11-07 01:30", "2027-11-07 08:00", "2027-11-06 20:00"),
        ("America/Regina", "2027-03-14 01:00", "2027-03-14 08:00", "2027-03-13 20:00"),
        ("America/Rankin_Inlet", "2027-03-13 23:30", "2027-03-14 08:00", "2027-03-13 20:00"),
    ],
)
def test_a_moment_in_the_night_moves_to_the_morning_or_to_the_evening_before(zone, moment, later, earlier):
    night = local(moment, zone)
    assert leave_quiet(night, place(zone)) == local(later, zone)
    assert before_quiet(night, place(zone)) == local(earlier, zone)


# (start, now) -> (step, due or reason): the appointment reminder's two steps, in Toronto
@pytest.mark.parametrize(
    ("start", "now", "expected"),
    [
        pytest.param(
            "12-10 14:00", "12-01 10:00", [("three_days", "12-07 14:00"), ("two_hours", "12-10 12:00")],
            id="in good time",
        ),
        pytest.param(
            "12-10 08:40", "12-01 10:00", [("three_days", "12-07 08:40"), ("two_hours", "12-10 08:00")],
            id="two hours before would wake them: at eight",
        ),
        pytest.param(
            "12-10 08:15", "12-01 10:00", [("three_days", "12-07 08:15"), ("two_hours", "12-09 20:00")],
            id="at eight would be too late: the evening before",
        ),
        pytest.param(
            "12-10 22:30", "12-01 10:00", [("three_days", "12-08 08:00"), ("two_hours", "12-10 20:30")],
            id="three days before is at night: the morning after",
        ),
        pytest.param(
            "12-10 14:00", "12-08 10:00", [("three_days", "12-08 10:00"), ("two_hours", "12-10 12:00")],
            id="booked two days before: caught up at once",
        ),
        pytest.param(
            "12-10 14:00", "12-08 23:00", [("three_days", "12-09 08:00"), ("two_hours", "12-10 12:00")],
            id="booked at night: caught up in the morning",
        ),
        pytest.param(
            "12-10 14:00", "12-09 18:00", [("three_days", "too_late"), ("two_hours", "12-10 12:00")],
            id="booked the evening before: the later step says it",
        ),
        pytest.param(
            "12-10 14:00", "12-10 12:45", [("three_days", "overtaken"), ("two_hours", "12-10 12:45")],
            id="booked an hour before: one text now",
        ),
        pytest.param(
            "12-10 14:00", "12-10 13:45", [("three_days", "overtaken"), ("two_hours", "too_late")],
            id="booked minutes before: nothing",
        ),
        pytest.param(
            "12-10 14:00", "12-11 09:00", [("three_days", "overtaken"), ("two_hours", "too_late")], id="already over"
        ),
    ],
)  # fmt: skip
def test_a_late_booking_is_caught_up_once_while_it_is_useful(start, now, expected):
    zone = "America/Toronto"
    steps = plan_steps([THREE_DAYS, TWO_HOURS], local(f"2026-{start}", zone), local(f"2026-{now}", zone), place(zone))
    got = [(step.key, step.skipped or step.due_at.astimezone(ZoneInfo(zone)).strftime("%m-%d %H:%M")) for step in steps]
    assert got == expected


def test_a_catch_up_never_comes_within_an_hour_of_the_next_step():
    near = Timing("near", Offset(minutes=-90), Offset(minutes=-30), Offset())
    far = Timing("far", Offset(minutes=-600), Offset(minutes=-60), Offset())
    start = local("2026-12-10 14:00", "America/Toronto")
    steps = plan_steps([far, near], start, start - timedelta(minutes=120), place("America/Toronto"))
    assert [(step.key, step.skipped) for step in steps] == [("far", "overtaken"), ("near", None)]


@pytest.mark.parametrize(
    ("now", "latest", "expected"),
    [
        ("12-07 14:00", "12-10 10:00", "12-08 14:00"),
        ("12-07 20:30", "12-10 10:00", "12-08 20:30"),
        ("12-07 21:30", "12-10 10:00", "12-09 08:00"),
        ("12-08 10:00", "12-08 18:00", "12-08 18:00"),
        ("12-08 10:00", "12-09 04:40", "12-08 20:00"),
        ("12-08 10:00", "12-08 10:30", None),
    ],
)
def test_the_next_rung_waits_its_time_but_not_past_the_appointment(now, latest, expected):
    zone = "America/Toronto"
    moment = next_rung_at(local(f"2026-{now}", zone), timedelta(hours=24), local(f"2026-{latest}", zone), place(zone))
    assert moment == (local(f"2026-{expected}", zone) if expected else None)


HOLIDAY = Place("America/Winnipeg", Quiet(time(21), time(8), frozenset({date(2027, 7, 1), date(2027, 7, 2)})))


@pytest.mark.parametrize(
    ("moment", "left", "before"),
    [
        ("2027-07-01 12:00", "2027-07-03 08:00", "2027-06-30 20:00"),
        ("2027-07-02 22:00", "2027-07-03 08:00", "2027-06-30 20:00"),
        ("2027-06-30 23:00", "2027-07-03 08:00", "2027-06-30 20:00"),
        ("2027-06-30 20:30", "2027-06-30 20:30", "2027-06-30 20:30"),
    ],
)
def test_quiet_days_are_left_by_the_morning_after_or_the_evening_before(moment, left, before):
    here = local(moment, HOLIDAY.zone)
    assert leave_quiet(here, HOLIDAY) == local(left, HOLIDAY.zone)
    assert before_quiet(here, HOLIDAY) == local(before, HOLIDAY.zone)

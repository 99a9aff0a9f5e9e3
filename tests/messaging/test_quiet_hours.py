"""Quiet hours on clock-change days, in the zones of the demo clinic."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.core.holidays import QuietDays, quiet_days
from app.messaging.quiet_hours import known_zone, quiet_until
from app.pathways.rules import Place, Quiet, before_quiet, is_quiet, leave_quiet


def until(moment, zone, starts="21:00", ends="08:00", days=frozenset()):
    found = quiet_until(datetime.fromisoformat(moment), zone=zone, starts=starts, ends=ends, days=days)
    return found and found.isoformat(timespec="minutes").removesuffix("+00:00")


@pytest.mark.parametrize(
    ("zone", "moment", "expected"),
    [
        ("America/Toronto", "2026-12-01T20:59-05:00", None),
        ("America/Toronto", "2026-12-01T21:00-05:00", "2026-12-02T13:00"),
        ("America/Toronto", "2026-12-02T00:30-05:00", "2026-12-02T13:00"),
        # spring: 8 March 2026, 02:00 becomes 03:00; the night is an hour shorter
        ("America/Toronto", "2026-03-07T22:00-05:00", "2026-03-08T12:00"),
        ("America/St_Johns", "2026-03-07T22:00-03:30", "2026-03-08T10:30"),
        ("America/Winnipeg", "2026-03-08T01:30-06:00", "2026-03-08T13:00"),
        ("America/Rankin_Inlet", "2026-03-08T03:30-05:00", "2026-03-08T13:00"),
        ("America/Regina", "2026-03-07T22:00-06:00", "2026-03-08T14:00"),  # no clock change
        # autumn: 1 November 2026, 02:00 becomes 01:00; the night is an hour longer
        ("America/Toronto", "2026-10-31T22:00-04:00", "2026-11-01T13:00"),
        ("America/St_Johns", "2026-10-31T22:00-02:30", "2026-11-01T11:30"),
        ("America/Winnipeg", "2026-11-01T01:30-06:00", "2026-11-01T14:00"),
        ("America/Rankin_Inlet", "2026-10-31T23:00-05:00", "2026-11-01T14:00"),
        ("America/Regina", "2026-10-31T22:00-06:00", "2026-11-01T14:00"),
    ],
)
def test_the_night_ends_at_eight_on_the_wall(zone, moment, expected):
    assert until(moment, zone) == expected


@pytest.mark.parametrize(
    ("starts", "ends", "moment", "expected"),
    [
        ("12:00", "13:00", "2026-12-01T12:30-05:00", "2026-12-01T18:00"),
        ("12:00", "13:00", "2026-12-01T13:00-05:00", None),
        ("00:00", "00:00", "2026-12-01T03:00-05:00", None),
        ("23:00", "02:30", "2026-03-08T01:00-05:00", "2026-03-08T07:30"),  # an end that the clock skips
        ("21:00", "01:30", "2026-11-01T01:10-05:00", "2026-11-01T06:30"),  # the repeated hour's second time
    ],
    ids=["lunch", "after lunch", "never quiet", "skipped end", "repeated end"],
)
def test_any_span_is_kept(starts, ends, moment, expected):
    assert until(moment, "America/Toronto", starts, ends) == expected


def test_the_end_always_lies_ahead():
    for minute in range(0, 24 * 60, 7):
        for day in ("2026-03-08", "2026-11-01"):
            moment = datetime.fromisoformat(f"{day}T{minute // 60:02}:{minute % 60:02}:00+00:00")
            end = quiet_until(moment, zone="America/Toronto", starts="21:00", ends="01:30")
            assert end is None or end > moment


ZONES = ("America/Toronto", "America/St_Johns", "America/Winnipeg", "America/Regina", "America/Rankin_Inlet")


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("starts", "ends"), [("21:00", "08:00"), ("00:30", "05:00"), ("22:15", "03:00")])
def test_all_year_long_nobody_is_disturbed_at_night_and_everybody_in_the_morning(zone, starts, ends):
    """Every 53 minutes of a year with both clock changes: by the wall alone, and alike where steps are planned."""
    local, moment = ZoneInfo(zone), datetime(2026, 1, 1, tzinfo=UTC)
    place = Place(zone, Quiet.between(starts, ends))
    while moment.year == 2026:
        wall = moment.astimezone(local).strftime("%H:%M")
        is_night = starts <= wall < ends if starts < ends else wall >= starts or wall < ends
        end = quiet_until(moment, zone=zone, starts=starts, ends=ends)
        assert (end is not None) is is_night, moment
        assert leave_quiet(moment, place) == (end or moment), moment
        if end is not None:
            assert end.astimezone(local).strftime("%H:%M") == ends, moment
            assert timedelta(0) < end - moment <= timedelta(hours=12), moment
            assert quiet_until(end, zone=zone, starts=starts, ends=ends) is None, moment
            evening = before_quiet(moment, place)
            assert evening < moment, moment
            assert not is_quiet(evening, place), moment
        moment += timedelta(minutes=53)


def test_an_unknown_zone_is_passed_over():
    assert known_zone(None, "Mars/Olympus", "America/Regina") == "America/Regina"
    assert known_zone(None, "") == "UTC"


@pytest.mark.parametrize(
    ("province", "chosen", "quiet", "awake"),
    [
        ("NU", ["holidays"], "2027-07-09", "2027-07-08"),  # Nunavut Day
        ("MB", ["holidays"], "2027-02-15", "2027-07-09"),  # Louis Riel Day
        ("NL", ["holidays"], "2027-07-01", "2027-02-15"),
        ("ON", ["holidays"], "2027-02-15", "2027-02-16"),  # Family Day
        ("SK", ["holidays", "-2027-02-15"], "2027-07-01", "2027-02-15"),  # a holiday on which this clinic is up
        (None, ["holidays"], "2027-12-25", "2027-02-15"),
        ("ON", ["sun"], "2027-02-14", "2027-02-15"),
        ("ON", ["2027-06-21"], "2027-06-21", "2027-02-15"),
        ("ON", [], None, "2027-12-25"),
        ("ON", ["sundays", "2027-13-01", "2027-06-21"], "2027-06-21", "2027-02-14"),  # slips are passed over
    ],
)
def test_a_clinic_chooses_its_quiet_days(province, chosen, quiet, awake):
    days = quiet_days({"quiet_days": chosen}, province)
    assert date.fromisoformat(awake) not in days
    assert quiet is None or date.fromisoformat(quiet) in days


@pytest.mark.parametrize(
    ("zone", "moment", "expected"),
    [
        ("America/Winnipeg", "2027-07-01T12:00-05:00", "2027-07-02T13:00"),
        ("America/Winnipeg", "2027-06-30T22:00-05:00", "2027-07-02T13:00"),  # the night before runs into it
        ("America/Winnipeg", "2027-06-30T20:59-05:00", None),
        ("America/Rankin_Inlet", "2027-07-01T23:30-05:00", "2027-07-02T13:00"),
        ("America/St_Johns", "2027-12-24T21:30-03:30", "2027-12-27T11:30"),  # two quiet days in a row
        ("America/Toronto", "2027-11-06T22:00-04:00", "2027-11-08T13:00"),  # a Sunday of 25 hours
        ("America/Toronto", "2027-03-13T22:00-05:00", "2027-03-15T12:00"),  # a Sunday of 23 hours
    ],
)
def test_a_quiet_day_is_quiet_from_the_evening_before_to_the_morning_after(zone, moment, expected):
    fixed = {date(2027, 7, 1), date(2027, 12, 25), date(2027, 12, 26), date(2027, 11, 7), date(2027, 3, 14)}
    assert until(moment, zone, days=QuietDays(frozenset(fixed))) == expected


def test_a_quiet_day_without_a_quiet_night_ends_at_midnight():
    day = QuietDays(frozenset({date(2027, 7, 1)}))
    assert until("2027-07-01T12:00-04:00", "America/Toronto", "00:00", "00:00", day) == "2027-07-02T04:00"

"""Quiet hours on clock-change days, in the zones of the demo clinic."""

from __future__ import annotations

from datetime import datetime

import pytest

from app.messaging.quiet_hours import known_zone, quiet_until


def until(moment, zone, starts="21:00", ends="08:00"):
    found = quiet_until(datetime.fromisoformat(moment), zone=zone, starts=starts, ends=ends)
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


def test_an_unknown_zone_is_passed_over():
    assert known_zone(None, "Mars/Olympus", "America/Regina") == "America/Regina"
    assert known_zone(None, "") == "UTC"

"""The breaker: left alone after so many failures in a row, tried again after a pause."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.core.breaker import FAILURES, PAUSE, Breaker

NOW = datetime(2026, 12, 1, tzinfo=UTC)
LATER = NOW + PAUSE


def fail(breaker, times, now=NOW):
    for _ in range(times):
        breaker.note("line", worked=False, now=now)


def test_nobody_is_sick_at_first():
    assert not Breaker().is_sick("line", now=NOW)


def test_so_many_failures_in_a_row_make_it_sick():
    breaker = Breaker()
    fail(breaker, FAILURES - 1)
    assert not breaker.is_sick("line", now=NOW)
    fail(breaker, 1)
    assert breaker.is_sick("line", now=NOW)
    assert breaker.sick_lines() == ["line"]
    assert not breaker.is_sick("another", now=NOW)


def test_one_success_in_between_begins_the_count_anew():
    breaker = Breaker()
    fail(breaker, FAILURES - 1)
    breaker.note("line", worked=True, now=NOW)
    fail(breaker, FAILURES - 1)
    assert not breaker.is_sick("line", now=NOW)


def test_after_the_pause_one_may_try_and_the_rest_wait():
    breaker = Breaker()
    fail(breaker, FAILURES)
    assert not breaker.is_sick("line", now=LATER)
    assert breaker.is_sick("line", now=LATER)


def test_a_try_that_works_opens_the_line_for_all():
    breaker = Breaker()
    fail(breaker, FAILURES)
    breaker.is_sick("line", now=LATER)
    breaker.note("line", worked=True, now=LATER)
    assert not breaker.is_sick("line", now=LATER)


def test_a_try_that_fails_closes_it_for_another_pause():
    breaker = Breaker()
    fail(breaker, FAILURES)
    breaker.is_sick("line", now=LATER)
    fail(breaker, 1, now=LATER)
    assert breaker.is_sick("line", now=LATER + PAUSE - timedelta(seconds=1))

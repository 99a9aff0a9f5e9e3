"""The demo's clock stops at every due moment on its way, and never goes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.core.clock import MovableClock
from app.core.ground import Ground
from app.demo.network import DatabaseNetwork
from app.demo.walk import Walk, next_due_moment
from channels.simulator.network import SimulatedCall

START = datetime(2026, 12, 1, 14, 0, tzinfo=UTC)
SLACK = timedelta(seconds=5)


@pytest.fixture
def clock(tmp_path):
    return MovableClock(tmp_path / "clock", START)


@pytest.fixture
def ground(database, clock):
    return Ground(database=database, clock=clock, carriers={}, public_url="http://127.0.0.1")


@pytest.fixture
def walk(ground, tmp_path):
    return Walk(ground, tmp_path / "target")


def test_a_clock_runs_on_from_where_it_was_pushed(tmp_path, clock):
    clock.push(timedelta(days=2))
    again = MovableClock(tmp_path / "clock", START)

    assert timedelta() <= again.now() - START - timedelta(days=2) < SLACK


def test_a_clock_never_goes_back(clock):
    before = clock.now()
    clock.push_to(START - timedelta(days=1))

    assert clock.now() >= before


def test_without_a_target_the_walk_rests(walk):
    assert walk.step() is False


def test_with_nothing_due_the_walk_goes_straight_there(walk, clock):
    walk.set_out(START + timedelta(days=1))

    assert walk.step() is True
    assert timedelta() <= clock.now() - START - timedelta(days=1) < SLACK
    assert walk.step() is False
    assert walk.target() is None


def test_the_walk_stops_where_a_ringing_phone_gives_up(walk, clock, database):
    DatabaseNetwork(database).keep_call(SimulatedCall("SIMC1", "t", "+13065550155", "+18075550100", START, 30))
    walk.set_out(START + timedelta(days=1))

    walk.step()

    assert timedelta(seconds=31) <= clock.now() - START < timedelta(seconds=31) + SLACK
    with database.read() as session:
        assert next_due_moment(session, after=clock.now()) is None


def test_an_earlier_target_does_not_shorten_the_way(walk):
    walk.set_out(START + timedelta(days=2))
    walk.set_out(START + timedelta(days=1))

    assert walk.target() == START + timedelta(days=2)

"""Promises P1, P2, P8: whatever dies, each message leaves once. `make torture` lives through it many times over."""

from __future__ import annotations

import time

import pytest

COUNT = 300
STEPS = ("after_claim", "after_mark", "after_call", "after_record", "in_settle", "in_sweep")

pytestmark = pytest.mark.slow


def test_runners_killed_at_random_lose_and_double_nothing(field, rounds):
    field.queue(COUNT * rounds)
    with field.runners(2, kill_every_s=0.25, seed=rounds, most_deaths=25 * rounds) as tally:
        field.wait_until_settled(timeout_s=300 * rounds)
        assert len(tally.read_text()) >= 3
    field.assert_the_lists_agree(COUNT * rounds)


def test_runners_killed_at_every_named_step_lose_and_double_nothing(field, rounds):
    field.queue(COUNT * rounds)
    armed = ",".join(f"{step}:kill:{0.02 if step.startswith('after') else 0.2}" for step in STEPS)
    with field.runners(2, faults=armed, most_deaths=25 * rounds) as tally:
        field.wait_until_settled(timeout_s=300 * rounds)
        assert len(tally.read_text()) >= 3
    field.assert_the_lists_agree(COUNT * rounds)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_runner_that_sleeps_through_its_leases_and_wakes_doubles_nothing(field, rounds):
    """Paused before its call, as a machine is by its host; meanwhile another finds that nothing left, and sends."""
    count = 90 * rounds  # by chance nobody sleeps once in two thousand, one message meets five sleepers even less often
    field.queue(count)
    with field.runners(2, faults="after_mark:hang6:0.08"):
        field.wait_until_settled(timeout_s=300 * rounds)
        time.sleep(3)  # whoever still sleeps wakes too late
    field.assert_the_lists_agree(count)
    assert field.compare(count).settled, "nobody slept before a call"


def test_a_carrier_that_fails_in_every_way_gets_each_message_once(field, rounds):
    field.standin.faults(
        delay_ms=20,
        seed=rounds,
        retry_after_s=1,
        hang_s=2,  # twice what the runners wait for an answer
        shares={
            "too_many": 0.1,
            "error": 0.05,
            "reset_before": 0.05,
            "reset_after": 0.05,
            "error_after": 0.05,
            "hang_before": 0.02,
            "hang_after": 0.03,
        },
    )
    field.queue(100 * rounds)
    with field.runners(2):
        field.wait_until_settled(timeout_s=300 * rounds)
    field.assert_the_lists_agree(100 * rounds)

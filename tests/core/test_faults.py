"""Fault points: armed by name, silent otherwise, and never armed by a typing mistake."""

from __future__ import annotations

import subprocess
import sys

import pytest

from app.core.faults import FaultRaised, armed_points, fault_point, read_faults


def test_unarmed_every_point_passes():
    fault_point("after_mark")


def test_only_the_armed_point_strikes():
    reach = armed_points(read_faults("after_mark:raise:1"))
    reach("after_call")
    with pytest.raises(FaultRaised):
        reach("after_mark")


def test_chance_decides():
    reach = armed_points(read_faults("after_mark:raise:0.3"), roll=lambda: 0.3)
    reach("after_mark")


@pytest.mark.parametrize("text", ["no_such_point:kill:1", "after_mark:explode:1", "after_mark:kill", "after_mark"])
def test_a_typing_mistake_arms_nothing_and_says_so(text):
    with pytest.raises(ValueError):  # noqa: PT011 - either sentence will do
        read_faults(text)


def test_kill_kills():
    code = "from app.core.faults import fault_point; fault_point('after_mark'); print('alive')"
    ran = subprocess.run(
        [sys.executable, "-c", code], env={"FARLINE_FAULTS": "after_mark:kill:1"}, capture_output=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (-9, b"")

"""Named points at which a test may kill, hang or fail this very process. Compiled in; unarmed they cost one call.

Armed by FARLINE_FAULTS, read once at import: `name:action:chance` joined by commas, e.g.
`after_mark:kill:0.1,before_call:hang2.5:0.01`. Actions: kill (SIGKILL to ourselves), raise, hang<seconds>.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

VARIABLE = "FARLINE_FAULTS"
POINTS = (
    "after_claim",
    "after_mark",
    "after_call",
    "after_record",
    "in_receipt",
    "in_inbound",
    "in_settle",
    "in_sweep",
    "after_knock",
)


class FaultRaised(Exception):
    """A test asked this step to fail."""


@dataclass(frozen=True)
class Fault:
    action: str
    chance: float


def _nothing(_name: str) -> None:
    """Unarmed: every point passes."""


def read_faults(text: str) -> dict[str, Fault]:
    """The armed points in `text`; an unknown name or action raises ValueError, so that no test arms thin air."""
    armed = {}
    for entry in filter(None, text.split(",")):
        name, action, chance = entry.split(":")
        if name not in POINTS or not (action in ("kill", "raise") or action.startswith("hang")):
            raise ValueError(f"no such fault: {entry}")
        armed[name] = Fault(action, float(chance))
    return armed


def armed_points(armed: dict[str, Fault], roll: Callable[[], float] = random.random) -> Callable[[str], None]:
    """The function that a fault point calls when `armed` holds something."""

    def reach(name: str) -> None:
        fault = armed.get(name)
        if fault is not None and roll() < fault.chance:
            _strike(name, fault.action)

    return reach


def _strike(name: str, action: str) -> None:
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if action == "raise":
        raise FaultRaised(name)
    time.sleep(float(action.removeprefix("hang")))


def _read_environment() -> Callable[[str], None]:
    text = os.environ.get(VARIABLE, "")
    return armed_points(read_faults(text)) if text else _nothing


fault_point: Callable[[str], None] = _read_environment()

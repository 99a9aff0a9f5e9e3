"""A process that raises runners, lets them be killed, and raises new ones. Run: python -m tests.crash.nursery PLAN.json

Everything is imported once and each runner is forked from here, so a death costs milliseconds, not seconds. Runners die
by the fault points armed in FARLINE_FAULTS, and by SIGKILL at random when the plan says how often. After as many deaths
as the plan asks for, the rest of the work is done in peace, however slow the machine. SIGTERM ends it all.
"""

from __future__ import annotations

import base64
import json
import os
import random
import signal
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.core.clock import SystemClock
from app.core.database import Database
from app.core.faults import VARIABLE
from app.core.ground import Ground
from app.core.sealed import Keyring, use_keyring
from app.messaging.drain import Pace, drain
from app.messaging.record_receipt import apply_late_receipts
from app.messaging.settle_uncertain import Patience, settle_uncertain
from app.messaging.sweep_leases import sweep_leases
from channels.registry import Surroundings, build_carriers

PACE = Pace(threads=4, lease=timedelta(seconds=3))  # the carrier's timeout, 1 s, is a third of it
PATIENCE = Patience(
    between_looks=timedelta(seconds=0.2), absent_for=timedelta(seconds=0.8), within=timedelta(minutes=15)
)


@dataclass(frozen=True)
class Plan:
    """What the test wants: which database and carrier, how many runners, a random kill every so many seconds."""

    database_url: str
    keys: dict[str, str]
    index_key: str
    carrier: dict[str, Any]
    runners: int
    kill_every_s: float | None
    seed: int
    most_deaths: int
    tally: str  # file that holds one letter for each death

    @property
    def keyring(self) -> Keyring:
        keys = {int(number): base64.b64decode(key) for number, key in self.keys.items()}
        return Keyring(keys=keys, current=max(keys), index_key=base64.b64decode(self.index_key))


def raise_runners(plan: Plan, *, deaths: int) -> None:
    """Keep `plan.runners` alive until told to stop; then end them and leave."""
    living: set[int] = set()
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopping.append(number))
    dice, next_kill = random.Random(plan.seed), time.monotonic() + (plan.kill_every_s or 0)
    is_calm = deaths >= plan.most_deaths
    while not stopping and (is_calm or deaths < plan.most_deaths):
        while len(living) < plan.runners:
            living.add(_fork(plan))
        buried = _bury(living)
        deaths += buried
        if buried:
            _count(plan, buried)
        if plan.kill_every_s and not is_calm and time.monotonic() > next_kill:
            os.kill(dice.choice(sorted(living)), signal.SIGKILL)
            next_kill = time.monotonic() + plan.kill_every_s * dice.uniform(0.5, 1.5)
        time.sleep(0.01)
    for pid in living:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    if not stopping:
        _begin_anew_in_peace()


def _begin_anew_in_peace() -> None:
    """The same program without its faults: they are read once, when it starts."""
    calm = {name: value for name, value in os.environ.items() if name != VARIABLE}
    os.execve(sys.executable, [sys.executable, "-m", "tests.crash.nursery", *sys.argv[1:]], calm)


def _bury(living: set[int]) -> int:
    dead = {pid for pid in living if os.waitpid(pid, os.WNOHANG)[0]}
    living -= dead
    return len(dead)


def _count(plan: Plan, deaths: int) -> None:
    with Path(plan.tally).open("a") as file:
        file.write("x" * deaths)


def _fork(plan: Plan) -> int:
    pid = os.fork()
    if pid:
        return pid
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    random.seed()
    try:
        _run(plan)
    finally:
        os._exit(1)


def _run(plan: Plan) -> None:
    """A runner's life: the messaging part of the tick, over and over."""
    use_keyring(plan.keyring)
    clock = SystemClock()
    surroundings = Surroundings(public_url="http://127.0.0.1:9", clock=clock.now)
    ground = Ground(
        Database(plan.database_url),
        clock,
        build_carriers({"line": plan.carrier}, surroundings),
        surroundings.public_url,
    )
    while True:
        sweep_leases(ground)
        drain(ground, limit=40, pace=PACE)
        settle_uncertain(ground, patience=PATIENCE)
        apply_late_receipts(ground)
        time.sleep(0.05)


if __name__ == "__main__":
    given = Plan(**json.loads(Path(sys.argv[1]).read_text()))
    raise_runners(given, deaths=len(Path(given.tally).read_text()))

"""A steady trickle for a long time, with a carrier that fails now and then: does anything grow, does anything stick?"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil
from sqlalchemy import func, select

from app.messaging.models import Message
from tests.crash.field import Field
from tests.crash.nursery import PACE

PER_S = 5
WARM_UP = 0.25  # of the time: what a process needs once is not growth
FAULTS = {"too_many": 0.05, "error": 0.05, "reset_before": 0.02, "reset_after": 0.02, "error_after": 0.02}


@dataclass
class Soaked:
    """`growth`: of the runner's memory since it was warm, as a share. `wal_mb`: SQLite's largest write-ahead log."""

    texts: int = 0
    growth: float = 0.0
    wal_mb: float = 0.0
    stuck_leases: int = 0
    samples: list[tuple[float, float]] = field(default_factory=list)


def soak(field: Field, *, seconds: float) -> Soaked:
    """`PER_S` texts a second for so long, then until all are settled. Asserts that the lists agree."""
    soaked = Soaked()
    field.standin.faults(delay_ms=20, retry_after_s=1, shares=FAULTS)
    with field.runners(1):
        runner = _runner_of(field)
        started = time.monotonic()
        while (passed := time.monotonic() - started) < seconds:
            field.queue(PER_S, first=soaked.texts)
            soaked.texts += PER_S
            soaked.samples.append((passed, runner.memory_info().rss / 1e6))
            soaked.wal_mb = max(soaked.wal_mb, _wal_mb(field))
            soaked.stuck_leases = max(soaked.stuck_leases, _stuck(field))
            time.sleep(max(0.0, 1.0 - (time.monotonic() - started - passed)))
        field.wait_until_settled(timeout_s=300)
    field.assert_the_lists_agree(soaked.texts)
    soaked.growth = _growth(soaked.samples, seconds)
    return soaked


def _growth(samples: list[tuple[float, float]], seconds: float) -> float:
    """The mean of the last quarter over the mean of the quarter after warming up."""
    first = [size for at, size in samples if WARM_UP <= at / seconds < 2 * WARM_UP]
    last = [size for at, size in samples if at / seconds >= 1 - WARM_UP]
    return sum(last) / len(last) / (sum(first) / len(first)) - 1


def _runner_of(field: Field) -> psutil.Process:
    """The runner that the nursery has raised."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if children := [child for child in psutil.Process(field.nursery).children() if child.is_running()]:
            return children[0]
        time.sleep(0.05)
    raise TimeoutError("the nursery raised no runner")


def _wal_mb(field: Field) -> float:
    if not field.database.is_sqlite:
        return 0.0
    log = Path(f"{field.url.removeprefix('sqlite:///')}-wal")
    return log.stat().st_size / 1e6 if log.exists() else 0.0


def _stuck(field: Field) -> int:
    """Leases that ended longer ago than they lasted, and that nobody has swept."""
    with field.database.read() as session:
        ended = select(func.count()).where(
            Message.state.in_(("claimed", "attempting")), Message.lease_until < datetime.now(UTC) - PACE.lease
        )
        return session.scalar(ended) or 0

"""One round of everything that is to be done when its time comes. Safe with any number of processes at once: each piece
claims what it works on, and what is done once per period takes the period's row. A piece that fails is logged, and the
others go on.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from app.conversations.expire_conversations import expire_conversations
from app.core.audit import extend_chain
from app.core.ground import Ground
from app.core.log import logger
from app.jobs.collect import collect
from app.jobs.handle_events import handle_events
from app.jobs.periodic import forget_old_slots, run_in_slot
from app.messaging.drain import Drained, drain
from app.messaging.record_receipt import apply_late_receipts
from app.messaging.settle_uncertain import settle_uncertain
from app.messaging.sweep_leases import sweep_leases
from app.messaging.tell_phones import tell_phones
from app.pathways.run_due_steps import run_due_steps
from app.records.file_due import file_due
from app.records.pull import pull_due
from app.support.sweep import sweep_tickets

LINKS_AT_ONCE = 1000
DRAIN_S = 3.0  # of a backlog in one round: so long a text that waits at a modem or a link is not heard


@dataclass(frozen=True)
class Piece:
    """One kind of work. `every` None: each tick, because a cheap look tells whether there is anything to do."""

    name: str
    work: Callable[[Ground], object]
    every: timedelta | None = None


@dataclass(frozen=True)
class Ticked:
    """Which pieces failed in one round, and how long the round took."""

    failed: tuple[str, ...] = ()
    is_more: bool = False  # messages wait for another round at once
    took_s: float = field(default=0.0, compare=False)


def tick(ground: Ground) -> Ticked:
    """Do one round. What one piece sets off, a later piece in the same round finds."""
    started = time.monotonic()
    done = {piece.name: _do(ground, piece) for piece in PIECES}
    failed = tuple(name for name, result in done.items() if isinstance(result, Exception))
    is_more = any(isinstance(result, Drained) and result.is_more for result in done.values())
    return Ticked(failed, is_more, time.monotonic() - started)


def _do(ground: Ground, piece: Piece) -> object:
    """What the piece gave, or the error it failed with."""
    try:
        if piece.every is None:
            return piece.work(ground)
        return run_in_slot(ground, piece.name, piece.every, piece.work)
    except Exception as error:  # noqa: BLE001 - the edge of a runner: recorded, and the other pieces go on
        logger("jobs").error("piece_failed", piece=piece.name, error=type(error).__name__, at=_place_of(error))
        return error


def _place_of(error: Exception) -> str:
    """Where it happened: a file and a line, and nothing that was being worked on."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"


def _drain(ground: Ground) -> Drained:
    return drain(ground, deadline_s=DRAIN_S)


def _seal_audit(ground: Ground) -> None:
    with ground.database.write() as session:
        extend_chain(session, now=ground.clock.now(), limit=LINKS_AT_ONCE)


PIECES: tuple[Piece, ...] = (
    Piece("sweep_leases", sweep_leases),
    Piece("collect", collect),
    Piece("events", handle_events),
    Piece("due_steps", run_due_steps),
    Piece("expire_conversations", expire_conversations),
    Piece("tickets", sweep_tickets),
    Piece("drain", _drain),
    Piece("settle", settle_uncertain),
    Piece("tell_phones", tell_phones),
    Piece("filings", file_due),
    Piece("pull", pull_due, timedelta(minutes=5)),
    Piece("late_receipts", apply_late_receipts, timedelta(seconds=30)),
    Piece("audit_chain", _seal_audit, timedelta(minutes=1)),
    Piece("forget_slots", forget_old_slots, timedelta(days=1)),
)

"""A town lived through: filled, set to work, pushed at and struck, left to settle, its ledgers compared."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from app.messaging.models import Message
from app.messaging.rules import MessageState
from bench.clinic import fill_clinic
from tests.beds.postgres import PostgresBed
from tests.beds.redis import RedisBed
from tests.gateway.bed import start_standin
from tests.scale.ledgers import Ledgers, compare
from tests.scale.pushing import Pushed, keep_awake, patients_for, push
from tests.scale.town import Town, running_town
from tests.scale.trouble import Trouble

WEBS, WORKERS, PARTS = 2, 3, 4
UNDER_WAY = (
    MessageState.PENDING,
    MessageState.CLAIMED,
    MessageState.ATTEMPTING,
    MessageState.UNCERTAIN,
    MessageState.RECEIVED,
)
CARRIER = {"delay_ms": 5, "shares": {"too_many": 0.005, "error": 0.005, "reset_after": 0.002}, "receipts": "last"}


@dataclass(frozen=True)
class Lived:
    """What was found at the end. `pushed_s`: until the last text was taken; `settled_s`: until all was done."""

    ledgers: Ledgers
    statuses: dict[int, int]
    deaths: dict[str, int]
    pushed_s: float
    settled_s: float


def live_through(
    folder: Path, postgres: PostgresBed, redis: RedisBed, *, count: int, every_s: float, strikes: int, seed: int = 1
) -> Lived:
    """`count` texts in and as many reminders out; meanwhile up to so many strikes, each part's at least once."""
    standin = start_standin(folder / "carrier")
    standin.faults(**CARRIER, receipt_tries=60, seed=seed)
    town = Town(folder / "home", postgres, redis, standin, postgres.create())
    town.home.mkdir()
    fill_clinic(town.home, town.database_url, patients_for(count), town.public_url)
    keep_awake(town)
    try:
        with running_town(town, webs=WEBS, workers=WORKERS):
            return _work(town, count, every_s, strikes, seed)
    finally:
        standin.stop()


def _work(town: Town, count: int, every_s: float, strikes: int, seed: int) -> Lived:
    pushed, trouble, started = Pushed(), Trouble(town, seed), time.monotonic()
    threading.Thread(target=push, args=(town, count, pushed), daemon=True).start()
    while not pushed.done.wait(every_s) or trouble.deaths.total() < PARTS:
        if trouble.deaths.total() < strikes:
            trouble.strike()
    pushed_s = time.monotonic() - started
    _wait_until_settled(town, timeout_s=600 + count / 20)
    settled_s = time.monotonic() - started
    database = town.database
    lived = Lived(
        compare(database, town.standin, pushed), dict(pushed.statuses), dict(trouble.deaths), pushed_s, settled_s
    )
    database.close()
    return lived


def _wait_until_settled(town: Town, *, timeout_s: float) -> None:
    """Until no message is under way, and every receipt has been posted."""
    database, deadline = town.database, time.monotonic() + timeout_s
    while True:
        open_ones = _open(database)
        if open_ones == 0 and not town.standin.waiting():
            break
        assert time.monotonic() < deadline, f"{open_ones} messages are still under way"
        time.sleep(0.5)
    database.close()


def _open(database) -> int | None:
    try:
        with database.read() as session:
            return session.scalar(select(func.count()).select_from(Message).where(Message.state.in_(UNDER_WAY)))
    except DBAPIError:
        return None

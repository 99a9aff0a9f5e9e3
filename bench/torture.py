"""Runners killed a thousand times, ten thousand texts' webhooks shuffled, a backlog of 100,000, a long trickle.

On SQLite and on PostgreSQL, on a disk, against the stand-in carrier that keeps every text before it answers. Budgets
are those of promises P1, P2 and P8: nothing lost, nothing doubled, every doubt settled by the carrier's own word.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.clock import SystemClock
from app.core.database import Database
from app.core.ground import Ground
from app.core.log import start_logging
from app.core.migrate import upgrade
from app.core.sealed import keyring, new_keyring, use_keyring
from app.messaging.rules import Priority
from bench.figures import Figure
from tests.beds.postgres import find_postgres, start_postgres
from tests.crash.field import Field
from tests.crash.shuffling import shuffle_webhooks
from tests.crash.soaking import soak
from tests.gateway.bed import start_standin
from tests.messaging.carrier import ScriptedCarrier
from tests.messaging.people import make_clinic

PER_DEATH = 12  # messages for each death: enough that somebody is always at work


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kills", type=int, default=1_000, help="random deaths of runners")
    parser.add_argument("--texts", type=int, default=10_000, help="texts whose webhooks are doubled and shuffled")
    parser.add_argument("--backlog", type=int, default=100_000, help="messages due at once")
    parser.add_argument("--soak-minutes", type=float, default=10.0, help="how long five texts a second trickle")
    parser.add_argument("--seed", type=int, default=1)


def measure(asked: argparse.Namespace) -> Iterator[Figure]:
    start_logging("CRITICAL")
    with tempfile.TemporaryDirectory() as folder:
        numbers = iter(range(100))
        yield from _one_database("SQLite", lambda: f"sqlite:///{folder}/{next(numbers)}.db", asked)
    binaries = find_postgres()
    if binaries is None:
        return
    bed = start_postgres(binaries, durable=True)
    try:
        yield from _one_database("PostgreSQL", bed.create, asked)
    finally:
        bed.stop()


def _one_database(name: str, make_url, asked: argparse.Namespace) -> Iterator[Figure]:  # type: ignore[no-untyped-def]  # noqa: ANN001
    with _field(make_url()) as field:
        yield from _kills(name, field, asked)
    yield from _shuffled(name, make_url(), asked)
    with _field(make_url()) as field:
        yield from _backlog(name, field, asked)
    with _field(make_url()) as field:
        yield from _soaked(name, field, asked)


@contextmanager
def _field(url: str) -> Iterator[Field]:
    use_keyring(new_keyring())
    database = Database(url)
    upgrade(database)
    with tempfile.TemporaryDirectory() as folder:
        standin = start_standin(Path(folder) / "standin")
        standin.faults(delay_ms=20)
        yield Field(database, url, keyring(), standin, Path(folder))
        standin.stop()
    database.close()


def _kills(name: str, field: Field, asked: argparse.Namespace) -> Iterator[Figure]:
    count, started = PER_DEATH * asked.kills, time.monotonic()
    field.queue(count)
    with field.runners(2, kill_every_s=0.25, seed=asked.seed, most_deaths=asked.kills) as tally:
        field.wait_until_settled(timeout_s=count + 600)
        deaths = len(tally.read_text())
    beside = f"{count:,} texts, {time.monotonic() - started:,.0f} s"
    yield Figure(f"{name}: runners killed at random", deaths, "", beside=beside)
    yield from _agreed(name, field, count)


def _agreed(name: str, field: Field, count: int) -> Iterator[Figure]:
    lists = field.compare(count)
    yield Figure(f"{name}: texts lost", lists.lost, "", at_most=0)
    yield Figure(f"{name}: texts doubled", lists.doubled, "", at_most=0)
    yield Figure(f"{name}: still uncertain", lists.uncertain, "", at_most=0, beside=f"{lists.settled:,} were settled")


def _shuffled(name: str, url: str, asked: argparse.Namespace) -> Iterator[Figure]:
    use_keyring(new_keyring())
    database, carrier = Database(url), ScriptedCarrier()
    upgrade(database)
    ground = Ground(database, SystemClock(), {carrier.name: carrier.built()}, "https://farline.test")
    with database.write() as session:
        clinic = make_clinic(session).id
    shuffled = shuffle_webhooks(ground, carrier, clinic, texts=asked.texts, seed=asked.seed)
    beside = f"about {asked.texts:,} texts"
    yield Figure(f"{name}: webhooks, doubled and shuffled", shuffled.webhooks, "", beside=beside)
    wrong = len(shuffled.wrong_ends) + len(shuffled.doubled)
    yield Figure(f"{name}: texts that ended otherwise than in order", wrong, "", at_most=0)
    database.close()


def _backlog(name: str, field: Field, asked: argparse.Namespace) -> Iterator[Figure]:
    field.standin.faults(delay_ms=0)
    started = time.monotonic()
    field.queue(asked.backlog, priority=Priority.BULK)
    yield Figure(f"{name}: {asked.backlog:,} due rows queued in", time.monotonic() - started, "s", at_most=10)
    started = time.monotonic()
    with field.runners(2):
        urgent_s = field.urgent_overtakes(after_s=10)
        field.wait_until_settled(timeout_s=asked.backlog / 20 + 600)
    took_s = time.monotonic() - started
    yield Figure(f"{name}: urgent overtook the backlog in", urgent_s, "s", at_most=10)
    yield Figure(f"{name}: the backlog handed over by two runners", asked.backlog / took_s, "/s", at_least=200)
    yield from _agreed(name, field, asked.backlog)


def _soaked(name: str, field: Field, asked: argparse.Namespace) -> Iterator[Figure]:
    soaked = soak(field, seconds=asked.soak_minutes * 60)
    told = f"{soaked.texts:,} texts in {asked.soak_minutes:g} min, one in six met a fault"
    yield Figure(f"{name}: memory grew in the soak", 100 * soaked.growth, "%", at_most=5, beside=told)
    yield Figure(f"{name}: leases stuck for twice their length", soaked.stuck_leases, "", at_most=0)
    if field.database.is_sqlite:
        yield Figure(f"{name}: largest write-ahead log", soaked.wal_mb, "MB", at_most=64)

"""Two gunicorn services, three workers, PostgreSQL and Redis on one machine, killed and restarted under load.

So many texts come in over the signed webhook, each the answer to a question of the intake, and as many reminders go
out, beside the questions that follow each answer. Parts are killed with SIGKILL and raised again while this goes on.
At the end four ledgers are compared: the carrier's, messages in, messages out, attempts with their receipts.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure
from tests.beds.postgres import find_postgres, start_postgres
from tests.beds.redis import find_redis, start_redis
from tests.scale.living import live_through


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--size", type=int, default=20_000, help="texts in, and as many reminders out")
    parser.add_argument("--every-s", type=float, default=10.0, help="seconds between two deaths")
    parser.add_argument("--seed", type=int, default=1)


def measure(asked: argparse.Namespace) -> Iterator[Figure]:
    postgres, redis = find_postgres(), find_redis()
    if postgres is None or redis is None:
        raise SystemExit("This run needs PostgreSQL and Redis: make setup-dev.")
    database, memory = start_postgres(postgres, durable=True), start_redis(redis)
    try:
        with tempfile.TemporaryDirectory() as folder:
            lived = live_through(
                Path(folder), database, memory, count=asked.size, every_s=asked.every_s, strikes=10_000, seed=asked.seed
            )
    finally:
        database.stop()
        memory.stop()
    ledgers = lived.ledgers
    yield Figure("texts in", ledgers.texts_in, "", at_least=asked.size)
    yield Figure("texts out", ledgers.texts_out, "", at_least=2 * asked.size, beside="reminders and next questions")
    yield Figure("kept by the carrier", ledgers.carrier_kept, "", at_least=2 * asked.size)
    deaths = ", ".join(f"{part} {count}" for part, count in sorted(lived.deaths.items()))
    yield Figure("parts killed and restarted", sum(lived.deaths.values()), "", beside=deaths)
    answers = ", ".join(f"{status or 'none'} {count:,}" for status, count in sorted(lived.statuses.items()))
    yield Figure("posts until all were taken", sum(lived.statuses.values()), "", beside=f"answers: {answers}")
    yield Figure("attempts", ledgers.attempts, "", at_least=ledgers.texts_out)
    yield Figure("receipts kept", ledgers.receipts, "")
    for name in (
        "lost_in", "doubled_in", "unhandled_in", "turns_amiss", "lost_out", "doubled_out", "unsettled",
        "receipts_unmatched", "receipts_unheeded",
    ):  # fmt: skip
        yield Figure(name.replace("_", " "), getattr(ledgers, name), "", at_most=0)
    yield Figure("texts taken per second, deaths included", ledgers.texts_in / lived.pushed_s, "/s")
    beside = f"pushing took {lived.pushed_s:,.0f} s"
    yield Figure("nothing under way any more after", lived.settled_s, "s", beside=beside)

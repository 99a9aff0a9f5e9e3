"""The embedded server on SQLite: from the command to the first answer, and its memory once it idles.

Cold start is counted from starting the process to the first 200 of /healthz: first with an empty home folder (keys and
database are made on the way), then with everything in place, and Python's compiled code with it, which `make setup`
writes. Memory is the resident set ten seconds later.
"""

from __future__ import annotations

import compileall
import tempfile
import time
from collections.abc import Iterator
from statistics import median

import psutil

from bench.figures import Figure, spread
from bench.servers import FARLINE, ROOT, running
from tests.beds.process import free_port

ROUNDS = 5
SETTLE_S = 10
PACKAGES = ("app", "channels", "forms")


def measure() -> Iterator[Figure]:
    for package in PACKAGES:
        compileall.compile_dir(ROOT / package, quiet=1)
    with tempfile.TemporaryDirectory() as home:
        first = _start(home)
        again = [_start(home) for _ in range(ROUNDS)]
        yield Figure("first start, database made on the way", first, "s")
        yield Figure("cold start to first answer", median(again), "s", at_most=3, beside=spread(again))
        yield Figure("resident memory, idle", _idle_memory(home), "MB", at_most=120)


def _start(home: str) -> float:
    port = free_port()
    started = time.perf_counter()
    with running(_command(port), port, environment={"FARLINE_HOME": home}):
        return time.perf_counter() - started


def _idle_memory(home: str) -> float:
    port = free_port()
    with running(_command(port), port, environment={"FARLINE_HOME": home}) as process:
        time.sleep(SETTLE_S)
        server = psutil.Process(process.pid)
        return sum(each.memory_info().rss for each in (server, *server.children(recursive=True))) / 1e6


def _command(port: int) -> list[str]:
    return [str(FARLINE), "serve", "--port", str(port)]

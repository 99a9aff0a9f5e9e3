"""One measurement on both databases: a SQLite file, then a PostgreSQL that forgets nothing, where there is one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from itertools import count

from bench.figures import Figure
from tests.beds.postgres import find_postgres, start_postgres

Fresh = Callable[[], str]


def on_each_database(measure: Callable[[str, Fresh], Iterator[Figure]]) -> Iterator[Figure]:
    """`measure(name, fresh)` on each; every call of `fresh` gives the URL of another empty database."""
    with tempfile.TemporaryDirectory() as folder:
        numbers = count()
        yield from measure("SQLite", lambda: f"sqlite:///{folder}/{next(numbers)}.db")
    binaries = find_postgres()
    if binaries is None:
        return
    bed = start_postgres(binaries, durable=True)
    try:
        yield from measure("PostgreSQL", bed.create)
    finally:
        bed.stop()

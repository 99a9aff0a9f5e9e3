"""A statement given to many threads at once is the same SQL in each."""

from __future__ import annotations

import sys
import threading

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import aliased, registry

from app.conversations.store import open_at_statement
from app.core.statements import built_once

THREADS, ROUNDS = 6, 30


@pytest.fixture
def eager_switches():
    """Threads change places as often as they can, so that what can be caught half done is."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_threads_that_compile_it_first_all_get_the_same_sql(eager_switches):
    for _ in range(ROUNDS):
        open_at_statement.cache_clear()
        assert len(set(compiled_by_all(open_at_statement))) == 1


def test_each_set_of_arguments_is_built_once():
    mapped = registry().map_imperatively
    thing = type("Thing", (), {})
    mapped(thing, Table("thing", MetaData(), Column("id", Integer, primary_key=True)))
    built = []

    @built_once
    def things(*, limit: int):
        built.append(limit)
        return select(aliased(thing, select(thing).limit(limit).subquery()))

    assert things(limit=1) is things(limit=1)
    assert things(limit=2) is not things(limit=1)
    assert built == [1, 2]


def compiled_by_all(build) -> list[str]:
    written: list[str] = []
    line = threading.Barrier(THREADS)

    def compile_it() -> None:
        line.wait()
        written.append(str(build().compile(dialect=postgresql.dialect())))

    threads = [threading.Thread(target=compile_it) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return written

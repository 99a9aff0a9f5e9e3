"""A statement given to many threads at once is the same SQL in each."""

from __future__ import annotations

import sys
import threading
import time

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import aliased, registry

from app.conversations.models import Conversation
from app.core.prepared import prepared_once
from app.core.statements import built_once
from app.intake.models import Response

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
        assert len(set(compiled_by_all(built_once(standing)))) == 1


def test_while_one_thread_writes_it_out_the_others_wait():
    database = type("Connection", (), {"dialect": postgresql.dialect()})
    begun, may_end = threading.Barrier(2), threading.Event()
    built = []

    @prepared_once
    def give(_database):
        built.append(threading.get_ident())
        begun.wait(10)
        may_end.wait(10)
        return standing()

    threads = [threading.Thread(target=give, args=(database,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    begun.wait(10)  # one is at it
    time.sleep(0.2)  # the others have come by now, and would be at it too
    may_end.set()
    for thread in threads:
        thread.join()
    assert len(built) == 1


def standing():
    """Rows known by another name: at such statements SQLAlchemy takes notes while it compiles them."""
    held = select(Conversation.__table__).with_for_update().cte("standing")
    answered = select(Response.__table__).where(Response.id.in_(select(held.c.response_id))).cte("answering")
    return (
        select(aliased(Conversation, held), aliased(Response, answered))
        .select_from(held)
        .outerjoin(answered, answered.c.id == held.c.response_id)
    )


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

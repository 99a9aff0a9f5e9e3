"""Tries are counted exactly, by however many processes at once, and leave nothing that tells where they came from."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core.database import Database
from app.patients.models import TryCount
from app.patients.rules import MOST_TRIES, Tried
from app.patients.tries import give_back_try, network_of, take_try
from tests.conftest import NOW

HERE, MOST = "203.0.113.9", MOST_TRIES[Tried.CODE]


def tried(database, whence=HERE, now=NOW, what=Tried.CODE) -> bool:
    with database.write() as session:
        return take_try(session, what, whence, now)


def test_no_more_than_the_limit_are_heard_whoever_counts(database):
    """Two servers, eight threads."""
    servers = [database, Database(database.url)]
    with ThreadPoolExecutor(8) as pool:
        heard = list(pool.map(lambda number: tried(servers[number % 2]), range(MOST + 10)))
    servers[1].close()
    assert sum(heard) == MOST


def test_each_place_and_each_secret_is_counted_by_itself(database):
    for _ in range(MOST):
        tried(database)
    assert not tried(database)
    assert tried(database, "198.51.100.7")
    assert tried(database, what=Tried.PROOF)


def test_a_right_one_is_given_back(database):
    for _ in range(MOST * 2):
        with database.write() as session:
            assert take_try(session, Tried.CODE, HERE, NOW)
            give_back_try(session, Tried.CODE, HERE, NOW)


def test_the_hour_after_nothing_is_left_of_it(database):
    for _ in range(MOST + 1):
        tried(database)
    assert tried(database, now=NOW + timedelta(hours=1))
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(TryCount)) == 1


def test_where_from_is_not_kept(database):
    tried(database)
    tried(database, now=NOW + timedelta(minutes=59))
    with database.read() as session:
        (row,) = session.scalars(select(TryCount))
        assert row.count == 2
        assert HERE not in str(vars(row))
        first = row.index
    tried(database, now=NOW + timedelta(hours=1))
    with database.read() as session:
        assert session.scalars(select(TryCount.index)).one() != first


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("unix:", ""),
        (None, ""),
    ],
)
def test_a_household_is_one_place(address, network):
    assert network_of(address) == network

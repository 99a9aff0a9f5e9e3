"""A PostgreSQL that cut our pooled connections: nobody who comes next notices."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core import idle_ping
from app.core.database import Database

ELSEWHERE = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database()"


@pytest.fixture
def cut(postgres):
    """A database whose pooled connections were all cut a moment ago."""
    url = postgres.create()
    database, other = Database(url), Database(url)
    ask(database)
    with other.read() as session:
        session.execute(text(f"{ELSEWHERE} AND pid != pg_backend_pid()"))
    yield database
    database.close()
    other.close()


def ask(database):
    with database.read() as session:
        return session.scalar(text("SELECT 1"))


def test_a_connection_that_lay_idle_is_replaced(cut, monkeypatch):
    monkeypatch.setattr(idle_ping, "IDLE_S", 0)
    assert ask(cut) == 1


def test_one_that_was_cut_this_moment_is_told(cut, monkeypatch):
    monkeypatch.setattr(idle_ping, "IDLE_S", 3600)
    with pytest.raises(DBAPIError):
        ask(cut)
    assert ask(cut) == 1


def test_a_text_that_meets_a_cut_connection_is_taken_again(cut, monkeypatch):
    monkeypatch.setattr(idle_ping, "IDLE_S", 3600)
    assert cut.write_together(lambda session: session.scalar(text("SELECT 1"))) == 1


def test_work_that_the_database_refuses_is_not_done_again(cut, monkeypatch):
    monkeypatch.setattr(idle_ping, "IDLE_S", 0)
    done = []

    def refused(session):
        done.append(1)
        session.execute(text("SELECT 1 / 0"))

    with pytest.raises(DBAPIError):
        cut.write_together(refused)
    assert done == [1]

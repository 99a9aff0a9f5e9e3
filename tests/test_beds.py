"""The beds themselves: real servers, one database per test, the pragmas and keys the server will have."""

from __future__ import annotations

import subprocess

import pytest
from sqlalchemy import text

from tests.beds.parts import PARTS
from tests.beds.room import throwaway_folder
from tests.conftest import _skipped_for_want_of


def test_a_database_has_tables_and_no_rows(database):
    with database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM clinic")) == 0


def test_one_test_does_not_see_anothers_rows(databases, database_kind):
    from app.core.database import Database

    first, second = databases.migrated(database_kind), databases.migrated(database_kind)
    try:
        one, other = Database(first), Database(second)
        with one.write() as session:
            session.execute(
                text("INSERT INTO periodic_run (id, name, slot, started_at) VALUES (1, 'tick', :at, :at)"),
                {"at": "2026-12-01 00:00:00"},
            )
        with other.read() as session:
            assert session.scalar(text("SELECT count(*) FROM periodic_run")) == 0
        one.close()
        other.close()
    finally:
        databases.drop(first)
        databases.drop(second)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("pragma", "expected"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 10_000)]
)
def test_sqlite_runs_with_the_settings_that_keep_data(database, pragma, expected):
    with database.read() as session:
        assert session.scalar(text(f"PRAGMA {pragma}")) == expected


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_sqlite_is_a_build_without_the_wal_reset_fault(database):
    with database.read() as session:
        version = session.scalar(text("SELECT sqlite_version()"))
    assert tuple(map(int, version.split("."))) >= (3, 51, 3)


def test_redis_answers_and_starts_empty(redis_url):
    import redis

    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0


def test_the_browser_opens_a_page(browser):
    context = browser.new_context()
    page = context.new_page()
    page.set_content("<p lang=fr>Bonjour</p>")
    assert page.text_content("p") == "Bonjour"
    context.close()


def test_the_summary_counts_tests_by_the_part_they_lack():
    class Report:
        longrepr = ("tests/x.py", 3, f"Skipped: needs Redis: {PARTS['Redis'].remedy}")

    assert _skipped_for_want_of([Report(), Report()]) == {"Redis": 2}


def test_what_a_killed_run_left_behind_is_removed_by_the_next():
    ended = subprocess.Popen(["true"])
    ended.wait()
    kept = throwaway_folder("farline-room-")
    orphan = kept.with_name(f"farline-room-{ended.pid}-left")
    orphan.mkdir()
    another = throwaway_folder("farline-room-")
    try:
        assert not orphan.exists()
        assert kept.exists()
    finally:
        kept.rmdir()
        another.rmdir()

"""Migrations run up, down and up again with rows in every table, and end where the models stand."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from app.core.database import Base, Database
from app.core.migrate import downgrade, upgrade
from app.core.schema_version import MIGRATIONS, bring_up_to_date, is_current, newest
from tests.beds.rows import count_rows, fill_every_table, reflected

REVISIONS = [each.revision for each in reversed(list(ScriptDirectory(str(MIGRATIONS)).walk_revisions()))]


@pytest.fixture
def empty(databases, database_kind):
    """A database without a table."""
    url = databases.empty(database_kind)
    opened = Database(url)
    yield opened
    opened.close()
    databases.drop(url)


def test_up_down_and_up_again_with_rows_in_every_table(empty):
    upgrade(empty)
    with empty.engine.begin() as connection:
        rows = fill_every_table(connection)
    assert rows
    assert all(rows.values())
    downgrade(empty, "base")
    with empty.engine.begin() as connection:
        assert reflected(connection) == []
    upgrade(empty)
    with empty.engine.begin() as connection:
        assert fill_every_table(connection) == rows


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_rows_of_an_older_schema_survive_the_way_to_the_newest(empty, revision):
    upgrade(empty, revision)
    with empty.engine.begin() as connection:
        before = fill_every_table(connection)
    upgrade(empty)
    with empty.engine.begin() as connection:
        after = count_rows(connection)
    kept = {table: number for table, number in before.items() if table in after}
    assert kept.items() <= after.items()


def test_each_migration_can_be_taken_back_and_run_again(empty):
    for revision, earlier in zip(REVISIONS, ["base", *REVISIONS], strict=False):
        upgrade(empty, revision)
        downgrade(empty, earlier)
        upgrade(empty, revision)
    assert is_current(empty)


def test_the_newest_migration_is_the_one_alembic_names():
    assert newest() == ScriptDirectory(str(MIGRATIONS)).get_current_head()


def test_a_database_is_brought_up_to_date_from_nothing_and_from_behind(empty):
    assert not is_current(empty)
    bring_up_to_date(empty)
    assert is_current(empty)
    downgrade(empty, REVISIONS[-2])
    assert not is_current(empty)
    bring_up_to_date(empty)
    assert is_current(empty)


def test_running_the_migrations_twice_changes_nothing(empty):
    upgrade(empty)
    with empty.engine.begin() as connection:
        rows = fill_every_table(connection)
    upgrade(empty)
    with empty.engine.begin() as connection:
        assert count_rows(connection) == rows


def test_the_migrations_end_where_the_models_stand(database):
    import_every_model()
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        difference = compare_metadata(context, Base.metadata)
    assert difference == []


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_sqlite_finds_every_key_and_page_whole_after_the_migrations(empty):
    """A batch migration copies tables; SQLite does not check the copy's keys by itself."""
    upgrade(empty)
    with empty.engine.begin() as connection:
        fill_every_table(connection)
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"


def import_every_model():
    import importlib

    for path in sorted((MIGRATIONS.parent / "app").glob("*/models.py")):
        importlib.import_module(f"app.{path.parent.name}.models")

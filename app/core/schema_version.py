"""Which migration a database stands at, read without Alembic: a server that has nothing to migrate never loads it."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import inspect, text

from app.core.database import Database

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
_NAMED = re.compile(r'^(revision|down_revision) = "(\w+)"$', re.MULTILINE)


def bring_up_to_date(database: Database) -> None:
    """Run the migrations that are missing. Safe to call at every start."""
    if not is_current(database):
        from app.core.migrate import upgrade  # noqa: PLC0415 - Alembic stays out of a process that needs none

        upgrade(database)


def is_current(database: Database) -> bool:
    """Whether the database stands at the newest migration."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        return list(connection.scalars(text("SELECT version_num FROM alembic_version"))) == [newest()]


def newest() -> str:
    """The migration that no other one comes after. The chain has one end; a test asks Alembic whether this is it."""
    named = [match for file in MIGRATIONS.glob("versions/*.py") for match in _NAMED.findall(file.read_text())]
    (head,) = {name for kind, name in named if kind == "revision"} - {
        name for kind, name in named if kind == "down_revision"
    }
    return head

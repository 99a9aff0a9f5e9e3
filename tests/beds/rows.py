"""Put one row into every table of a database, whatever its schema: what the migrations must carry along."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from sqlalchemy import Column, MetaData, Table, inspect, select, types
from sqlalchemy.engine import Connection, Inspector
from sqlalchemy.sql.functions import count

BOOKKEEPING = "alembic_version"
NOW = dt.datetime(2026, 12, 1, 15, 0, tzinfo=dt.UTC)
ID = 1  # of every row in every table, so each foreign key finds its row


def fill_every_table(connection: Connection) -> dict[str, int]:
    """Insert the rows, parents first; returns how many rows each table now has."""
    inspector = inspect(connection)
    tables = reflected(connection)
    for table in tables:
        if connection.scalar(select(count()).select_from(table)) == 0:
            allowed = _allowed_words(inspector, table.name)
            connection.execute(table.insert(), {column.name: _value(column, allowed) for column in table.columns})
    return count_rows(connection)


def count_rows(connection: Connection) -> dict[str, int]:
    return {table.name: connection.scalar(select(count()).select_from(table)) or 0 for table in reflected(connection)}


def reflected(connection: Connection) -> list[Table]:
    """The tables as the database itself describes them, parents first."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != BOOKKEEPING]


def _value(column: Column[Any], allowed: dict[str, str]) -> Any:
    if column.primary_key or column.foreign_keys:
        return ID
    if column.name in allowed:
        return allowed[column.name]
    for kind, value in _BY_TYPE:
        if isinstance(column.type, kind):
            return value
    raise AssertionError(f"{column}: what would a {column.type!r} hold?")


_BY_TYPE: tuple[tuple[type[types.TypeEngine[Any]], Any], ...] = (
    (types.Boolean, False),
    (types.Integer, 1),
    (types.Numeric, 1.5),
    (types.JSON, {}),
    (types.String, "x"),
    (types.DateTime, NOW),
    (types.Date, NOW.date()),
    (types.LargeBinary, b"x"),
)


def _allowed_words(inspector: Inspector, table: str) -> dict[str, str]:
    """For a column whose check constraint lists its words: the first of them."""
    words = {}
    for check in inspector.get_check_constraints(table):
        found = re.search(
            r"(\w+)\W*\s*(?:::text)?\W*\s*(?:in|= ANY)\W.*?'([^']*)'", check["sqltext"], re.IGNORECASE | re.DOTALL
        )
        if found:
            words[found[1]] = found[2]
    return words

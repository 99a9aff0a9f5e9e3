"""Rows written at once by a statement of their own, for paths taken thousands of times, where a flush costs more than
the write. Everything else leaves its writes to the session."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from sqlalchemy import Insert, Table, Update, bindparam, insert, inspect, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from app.core.database import Base
from app.core.prepared import prepared_once


def insert_now(session: Session, row: Base) -> None:
    """Insert a new row; the session does not keep it."""
    if session.new:
        session.flush()  # what the row refers to
    connection = session.connection()
    _insert(connection, type(row)).run(connection, by_column(row))


def rewrite(session: Session, row: Base, **values: Any) -> None:
    """Give a row these column values, in the database too when it is stored there already."""
    if not inspect(row).persistent:
        for name, value in values.items():
            setattr(row, name, value)
        return
    held = row.__dict__
    changed = {name: value for name, value in values.items() if name not in held or held[name] != value}
    if not changed:
        return
    connection = session.connection()
    _update(connection, type(row), tuple(changed)).run(connection, {**changed, "the_row": row.id})
    for name, value in changed.items():
        set_committed_value(row, name, value)


def by_column(row: Base) -> dict[str, Any]:
    """As `whole`, by column."""
    filled = whole(row)
    return {column: filled[name] for name, column in columns_of(type(row))}


def whole(row: Base) -> dict[str, Any]:
    """Every attribute of a new row, defaults filled in on the row itself."""
    held = row.__dict__
    for name, default in _defaults(type(row)):
        if held.get(name) is None:
            held[name] = default.arg(None) if default.is_callable else default.arg
    return {name: held.setdefault(name, None) for name, _ in columns_of(type(row))}


@cache
def columns_of(kind: type[Base]) -> tuple[tuple[str, str], ...]:
    """(attribute, column) of every column; they differ where a column has a keyword's name."""
    return tuple((attribute.key, attribute.columns[0].name) for attribute in inspect(kind).column_attrs)


@cache
def _defaults(kind: type[Base]) -> tuple[tuple[str, Any], ...]:
    columns = ((attribute.key, attribute.columns[0].default) for attribute in inspect(kind).column_attrs)
    return tuple((name, default) for name, default in columns if default is not None)


@prepared_once
def _insert(_database: str, kind: type[Base]) -> Insert:
    return insert(cast(Table, kind.__table__))


@prepared_once
def _update(_database: str, kind: type[Base], names: tuple[str, ...]) -> Update:
    table, columns = cast(Table, kind.__table__), dict(columns_of(kind))
    values: dict[str, Any] = {columns[name]: bindparam(name) for name in names}
    return update(table).where(table.c.id == bindparam("the_row")).values(values)

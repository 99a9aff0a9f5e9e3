"""Statements written out once for each database and run as text, for paths taken thousands of times, where what
SQLAlchemy works out again at every execution costs more than the statement itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.engine import Connection, CursorResult, Dialect

from app.core.driver_errors import told_as_usual

Convert = Callable[[Any], Any]

_PREPARING = threading.RLock()


@dataclass(frozen=True)
class Prepared:
    """A statement as one database wants it, how its values are written there, and what it gives is read."""

    text: str
    writers: tuple[tuple[str, Convert | None], ...]  # value by value, in the order of their marks
    readers: tuple[tuple[int, Convert], ...]  # by column; those that need none are left out
    fixed: Mapping[str, Any]  # values that the statement brings along
    is_positional: bool

    def run(self, connection: Connection, values: Mapping[str, Any]) -> CursorResult[Any]:
        """Run it with these values; errors come as from any other statement."""
        return connection.exec_driver_sql(self.text, self._written(values))

    def read(self, connection: Connection, values: Mapping[str, Any]) -> list[list[Any]]:
        """All rows it gives, each the values of its columns in order."""
        rows = [list(row) for row in self._fetched(connection, values)]
        for row in rows:
            for place, read in self.readers:
                row[place] = read(row[place])
        return rows

    def _fetched(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:
        """Asked of the driver itself: SQLAlchemy would describe the columns anew each time. Who listens hears of it."""
        cursor, written = connection.connection.cursor(), self._written(values)
        for listen in connection.dispatch.before_cursor_execute:
            listen(connection, cursor, self.text, written, None, False)
        try:
            with told_as_usual(connection, self.text):
                cursor.execute(self.text, written)
                return list(cursor.fetchall())
        finally:
            cursor.close()

    def run_many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run it for each of `rows`; how many rows it changed in all."""
        written = [self._written(row) for row in rows]
        return connection.exec_driver_sql(self.text, written, execution_options={"preserve_rowcount": True}).rowcount

    def run_as_arrays(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run it once, each value the array of those of all `rows`; how many rows it changed."""
        values = {name: [row[name] for row in rows] for name, _ in self.writers}
        return connection.exec_driver_sql(self.text, values, execution_options={"preserve_rowcount": True}).rowcount

    def _written(self, values: Mapping[str, Any]) -> Any:
        if self.fixed:
            values = {**self.fixed, **values}
        if self.is_positional:
            return tuple([values[name] if write is None else write(values[name]) for name, write in self.writers])
        return {name: values[name] if write is None else write(values[name]) for name, write in self.writers}


def prepared_once(build: Callable[..., Executable]) -> Callable[..., Prepared]:
    """Keep what `build(database, *what)` makes, written out, for each kind of database and each `what`. Values are
    given by name when it is run, but for those the statement brings along. Called with a connection instead of the
    database's name."""
    kept: dict[tuple[Any, ...], Prepared] = {}

    @wraps(build)
    def give(connection: Connection, *what: Any) -> Prepared:
        dialect = connection.dialect
        key = (dialect.name, *what)
        if key not in kept:
            with _PREPARING:  # what takes notes while it is compiled is for one thread at a time (statements.py)
                if key not in kept:
                    kept[key] = _prepare(build(*key), dialect)
        return kept[key]

    return give


def _prepare(statement: Executable, dialect: Dialect) -> Prepared:
    compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
    names = compiled.positiontup if compiled.positional else list(compiled.binds)
    writers = tuple((name, _kind(compiled.binds[name], dialect).bind_processor(dialect)) for name in names)
    columns = enumerate(getattr(statement, "selected_columns", ()))
    readers = ((place, _kind(column, dialect).result_processor(dialect, None)) for place, column in columns)
    fixed = {name: bound.value for name, bound in compiled.binds.items() if not bound.required}
    return Prepared(str(compiled), writers, tuple(each for each in readers if each[1]), fixed, compiled.positional)


def _kind(typed: Any, dialect: Dialect) -> Any:
    return typed.type.dialect_impl(dialect)

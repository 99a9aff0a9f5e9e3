"""Statements written out once for each database and run as text, for paths taken thousands of times, where what
SQLAlchemy works out again at every execution costs more than the write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.engine import Connection, CursorResult, Dialect

Write = Callable[[Any], Any]


@dataclass(frozen=True)
class Prepared:
    """A statement as one database wants it, and how each of its values is written there."""

    text: str
    writers: tuple[tuple[str, Write | None], ...]  # value by value, in the order of their marks
    is_positional: bool

    def run(self, connection: Connection, values: Mapping[str, Any]) -> CursorResult[Any]:
        """Run it with these values; errors come as from any other statement."""
        return connection.exec_driver_sql(self.text, self._written(values))

    def run_many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run it for each of `rows`; how many rows it changed in all."""
        written = [self._written(row) for row in rows]
        return connection.exec_driver_sql(self.text, written, execution_options={"preserve_rowcount": True}).rowcount

    def run_as_arrays(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run it once, each value the array of those of all `rows`; how many rows it changed."""
        values = {name: [row[name] for row in rows] for name, _ in self.writers}
        return connection.exec_driver_sql(self.text, values, execution_options={"preserve_rowcount": True}).rowcount

    def _written(self, values: Mapping[str, Any]) -> Any:
        if self.is_positional:
            return tuple([values[name] if write is None else write(values[name]) for name, write in self.writers])
        return {name: values[name] if write is None else write(values[name]) for name, write in self.writers}


def prepared_once(build: Callable[..., Executable]) -> Callable[..., Prepared]:
    """Keep what `build(database, *what)` makes, written out, for each kind of database and each `what`. All values of
    the statement are given by name when it is run. Called with a connection instead of the database's name."""
    kept: dict[tuple[Any, ...], Prepared] = {}

    @wraps(build)
    def give(connection: Connection, *what: Any) -> Prepared:
        dialect = connection.dialect
        key = (dialect.name, *what)
        if key not in kept:  # two threads may both make it: the same one
            kept[key] = _prepare(build(*key), dialect)
        return kept[key]

    return give


def _prepare(statement: Executable, dialect: Dialect) -> Prepared:
    compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
    names = compiled.positiontup if compiled.positional else list(compiled.binds)
    writers = tuple((name, _writer(compiled.binds[name].type, dialect)) for name in names)
    return Prepared(str(compiled), writers, compiled.positional)


def _writer(kind: Any, dialect: Dialect) -> Write | None:
    write: Write | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return write

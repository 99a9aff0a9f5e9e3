"""Rows read by a plain statement of columns and given to the session as if it had loaded them, for paths taken
thousands of times, where the session's own loading costs more than the statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import ColumnElement, FromClause, inspect
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from app.core.database import Base
from app.core.rows import columns_of

R = TypeVar("R", bound=Base)


class Loaded(Generic[R]):
    """What is read of one table: all its attributes, or `only` some (the id always). The others load when asked."""

    def __init__(self, kind: type[R], *only: str) -> None:
        wanted = {"id", *only} if only else None
        self._columns = [each for each in columns_of(kind) if wanted is None or each[0] in wanted]
        self._is_whole = wanted is None
        self._names = tuple(name for name, _ in self._columns)
        self._place_of_id = self._names.index("id")
        self._mapper = inspect(kind)

    def __len__(self) -> int:
        return len(self._names)

    def columns(self, source: FromClause) -> list[ColumnElement[Any]]:
        """What the statement has to select, in order, from the table or a subquery of its rows."""
        return [source.c[column] for _, column in self._columns]

    def give(self, session: Session, values: Sequence[Any]) -> R | None:
        """The session's row with these values, which are newer than any it held; None when there is no such row."""
        identity = values[self._place_of_id]
        if identity is None:
            return None
        key = self._mapper.identity_key_from_primary_key((identity,))
        held: Any = session.identity_map.get(key)
        if held is not None:
            for name, value in zip(self._names, values, strict=True):
                set_committed_value(held, name, value)
            return cast(R, held)
        row: Any = self._mapper.class_manager.new_instance()
        row.__dict__.update(zip(self._names, values, strict=True))
        if self._is_whole:
            inspect(row).key = key
        else:
            make_transient_to_detached(row)  # marks, too, what is to be loaded when asked
        session.add(row)
        return cast(R, row)

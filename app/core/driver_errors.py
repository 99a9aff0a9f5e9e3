"""Where the driver itself is asked, past SQLAlchemy, its errors still come as those of any other statement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError


@contextmanager
def told_as_usual(connection: Connection, statement: str) -> Iterator[None]:
    """Raise the driver's errors as SQLAlchemy's. A connection that was cut is given up, and the error says so."""
    dialect, driver = connection.dialect, connection.connection
    try:
        yield
    except dialect.loaded_dbapi.Error as error:
        is_cut = dialect.is_disconnect(error, driver, None)
        if is_cut:
            connection.invalidate(error)
        raise DBAPIError.instance(
            statement, None, error, dialect.loaded_dbapi.Error, connection_invalidated=is_cut, dialect=dialect
        ) from error

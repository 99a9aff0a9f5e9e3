"""A campaign's messages put into the database by the thousand: on PostgreSQL by COPY, on SQLite as plain values past
SQLAlchemy, which would look at every column of every row. Either takes about half the time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Table, column, select, table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core.database import UtcDateTime
from app.core.rows import columns_of
from app.messaging.models import Message
from app.messaging.store import insert_messages

WORTH_A_DETOUR = 100  # rows; for fewer it costs more than it saves

_MESSAGE = cast(Table, Message.__table__)


def insert_many(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert messages given by attribute, all with the same ones; a cause that is known keeps its first message."""
    if len(rows) < WORTH_A_DETOUR:
        insert_messages(session, rows)
    elif session.get_bind().dialect.name == "postgresql":
        _copy(session, rows)
    else:
        _insert_plainly(session, rows)


def _insert_plainly(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Only moments are kept by SQLite in a form of our own; the few different ones of a campaign are written once."""
    connection, known = session.connection(), dict(columns_of(Message))
    names = {known[name]: name for name in rows[0]}
    made = sqlite.insert(_MESSAGE).on_conflict_do_nothing()
    compiled = made.compile(dialect=connection.dialect, column_keys=list(names))
    order = [(names[column], isinstance(_MESSAGE.c[column].type, UtcDateTime)) for column in compiled.positiontup or ()]
    moment = cache(UtcDateTime().bind_processor(connection.dialect) or (lambda value: value))
    values = [tuple(moment(row[name]) if is_moment else row[name] for name, is_moment in order) for row in rows]
    connection.exec_driver_sql(str(compiled), values)


def _copy(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """COPY knows no ON CONFLICT, so the rows arrive in a table of this transaction first."""
    known, names = dict(columns_of(Message)), tuple(rows[0])
    columns = [known[name] for name in names]
    session.execute(text("CREATE TEMPORARY TABLE IF NOT EXISTS arriving (LIKE message) ON COMMIT DROP"))
    connection = session.connection()
    listed = ", ".join(map(connection.dialect.identifier_preparer.quote, columns))
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(f"COPY arriving ({listed}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([row[name] for name in names])
    except connection.dialect.loaded_dbapi.Error as error:  # the driver's own: as every other statement's is told
        raise DBAPIError.instance("COPY arriving", None, error, connection.dialect.loaded_dbapi.Error) from error
    arriving = select(table("arriving", *map(column, columns)))
    connection.execute(postgresql.insert(_MESSAGE).from_select(columns, arriving).on_conflict_do_nothing())
    connection.execute(text("TRUNCATE arriving"))

"""A campaign's messages put into the database by the thousand: on PostgreSQL by COPY, which takes half the time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Table, column, select, table, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core.rows import columns_of
from app.messaging.models import Message
from app.messaging.store import insert_messages

WORTH_A_COPY = 100  # rows; for fewer the table in between costs more than it saves


def insert_many(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert messages given by attribute, all with the same ones; a cause that is known keeps its first message."""
    if session.get_bind().dialect.name == "postgresql" and len(rows) >= WORTH_A_COPY:
        _copy(session, rows)
    else:
        insert_messages(session, rows)


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
    connection.execute(insert(cast(Table, Message.__table__)).from_select(columns, arriving).on_conflict_do_nothing())
    connection.execute(text("TRUNCATE arriving"))

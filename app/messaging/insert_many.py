"""A campaign's messages put into the database by the thousand: on PostgreSQL by COPY, on SQLite hundreds to a
statement, both past SQLAlchemy, which would look at every column of every row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Table, column, select, table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.core.database import UtcDateTime
from app.core.driver_errors import told_as_usual
from app.core.rows import columns_of
from app.messaging.models import Message
from app.messaging.store import batched, insert_messages

WORTH_A_DETOUR = 100  # rows; for fewer it costs more than it saves
VALUES_AT_ONCE = 32_000  # SQLite takes 32,766 in one statement
ROOM_KIB = 64 * 1024  # let go again once the rows are in

_MESSAGE = cast(Table, Message.__table__)


def insert_batches(session: Session, batches: Iterable[Sequence[dict[str, Any]]]) -> None:
    """Insert one batch after the other. The database takes one in while the next is being made: sealing words and
    adding to indexes cost about the same, and neither keeps Python from the other."""
    with ThreadPoolExecutor(1, "inserting") as inserting:
        under_way: Future[None] | None = None
        for rows in batches:
            if under_way is not None:
                under_way.result()
            under_way = inserting.submit(insert_many, session, rows)
        if under_way is not None:
            under_way.result()


def insert_many(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert messages given by attribute, all with the same ones; a cause that is known keeps its first message."""
    if len(rows) < WORTH_A_DETOUR:
        insert_messages(session, rows)
        return
    names = [name for name in rows[0] if any(row[name] is not None for row in rows)]
    connection, columns = session.connection(), [_COLUMNS[name] for name in names]
    put_in = _copy if connection.dialect.name == "postgresql" else _insert_by_hundreds
    put_in(connection, columns, map(itemgetter(*names), rows))


_COLUMNS = dict(columns_of(Message))


def _insert_by_hundreds(connection: Connection, columns: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Only moments are kept by SQLite in a form of our own; the few different ones of a campaign are written once."""
    moment = cache(UtcDateTime().bind_processor(connection.dialect) or (lambda value: value))
    moments = [place for place, name in enumerate(columns) if isinstance(_MESSAGE.c[name].type, UtcDateTime)]
    row_of_marks = f"({', '.join('?' * len(columns))})"
    with _room_to_sort(connection):
        for some in batched(rows, VALUES_AT_ONCE // len(columns)):
            values: list[Any] = []
            for row in some:
                written = list(row)
                for place in moments:
                    written[place] = moment(written[place])
                values += written
            marks = ", ".join([row_of_marks] * len(some))
            connection.exec_driver_sql(
                f"INSERT INTO message ({_listed(connection, columns)}) VALUES {marks} ON CONFLICT DO NOTHING",  # noqa: S608
                tuple(values),
            )


@contextmanager
def _room_to_sort(connection: Connection) -> Iterator[None]:
    """Rows go all over ten indexes: with SQLite's usual 2 MB, pages are written out and read back again and again."""
    usual = connection.exec_driver_sql("PRAGMA cache_size").scalar()
    connection.exec_driver_sql(f"PRAGMA cache_size = {-ROOM_KIB}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size = {usual}")


def _copy(connection: Connection, columns: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY knows no ON CONFLICT, so the rows arrive in a table of this transaction first."""
    connection.execute(text("CREATE TEMPORARY TABLE IF NOT EXISTS arriving (LIKE message) ON COMMIT DROP"))
    into = f"COPY arriving ({_listed(connection, columns)}) FROM STDIN"
    driver: Any = connection.connection.driver_connection
    with told_as_usual(connection, into), driver.cursor() as cursor, cursor.copy(into) as copy:
        for values in rows:
            copy.write_row(values)
    arriving = select(table("arriving", *map(column, columns)))
    connection.execute(postgresql.insert(_MESSAGE).from_select(columns, arriving).on_conflict_do_nothing())
    connection.execute(text("TRUNCATE arriving"))


def _listed(connection: Connection, columns: list[str]) -> str:
    return ", ".join(map(connection.dialect.identifier_preparer.quote, columns))

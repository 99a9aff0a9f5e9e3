"""A campaign's messages put into the database by the thousand: on PostgreSQL by COPY, on SQLite as plain values past
SQLAlchemy, which would look at every column of every row. Either takes about half the time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Table, column, select, table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core.database import UtcDateTime
from app.core.rows import columns_of
from app.messaging.models import Message
from app.messaging.store import insert_messages

WORTH_A_DETOUR = 100  # rows; for fewer it costs more than it saves
ROOM_KIB = 64 * 1024  # let go again once the rows are in

_MESSAGE = cast(Table, Message.__table__)


def insert_batches(session: Session, batches: Iterable[Sequence[dict[str, Any]]]) -> None:
    """Insert one batch after the other. A PostgreSQL server takes one in while the next is being made: sealing words
    and adding to indexes cost about the same."""
    if session.get_bind().dialect.name != "postgresql":
        for rows in batches:
            insert_many(session, rows)
        return
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
    moment = cache(UtcDateTime().bind_processor(connection.dialect) or (lambda value: value))
    moments = [name for column, name in names.items() if isinstance(_MESSAGE.c[column].type, UtcDateTime)]
    values_of = itemgetter(*(names[column] for column in compiled.positiontup or ()))
    values = [values_of({**row, **{name: moment(row[name]) for name in moments}}) for row in rows]
    with _room_to_sort(connection):
        connection.exec_driver_sql(str(compiled), values)


@contextmanager
def _room_to_sort(connection: Connection) -> Iterator[None]:
    """Rows go all over ten indexes: with SQLite's usual 2 MB, pages are written out and read back again and again."""
    usual = connection.exec_driver_sql("PRAGMA cache_size").scalar()
    connection.exec_driver_sql(f"PRAGMA cache_size = {-ROOM_KIB}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size = {usual}")


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
            for values in map(itemgetter(*names), rows):
                copy.write_row(values)
    except connection.dialect.loaded_dbapi.Error as error:  # the driver's own: as every other statement's is told
        raise DBAPIError.instance("COPY arriving", None, error, connection.dialect.loaded_dbapi.Error) from error
    arriving = select(table("arriving", *map(column, columns)))
    connection.execute(postgresql.insert(_MESSAGE).from_select(columns, arriving).on_conflict_do_nothing())
    connection.execute(text("TRUNCATE arriving"))

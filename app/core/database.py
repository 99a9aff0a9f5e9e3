"""The database: engine, sessions and column types that behave the same on SQLite and on PostgreSQL.

SQLite needs care to be safe: WAL, synchronous FULL, BEGIN IMMEDIATE for writers and a build at or above 3.51.3
(older ones can corrupt a WAL database under two writers; see docs/decisions).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar, TypeVar

from sqlalchemy import JSON, BigInteger, CheckConstraint, DateTime, MetaData, create_engine, event, inspect
from sqlalchemy.engine import Connection, Dialect, Engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.types import TypeDecorator

from app.core.disk_room import DiskRoom
from app.core.idle_ping import ping_when_idle
from app.core.ids import new_id
from app.core.shared_commit import SharedCommit
from app.core.writers_line import WritersLine

T = TypeVar("T")
OLDEST_SAFE_SQLITE = (3, 51, 3)
BUSY_TIMEOUT_MS = 10_000

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time. A naive one is refused before it can be stored."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is UTC:
            return value
        if value.tzinfo is None:
            raise ValueError("a time without a zone was about to be stored")
        return value.astimezone(UTC)

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        """As SQLite keeps times anyway, written in one step: a text in and its replies bring dozens."""
        if dialect.name != "sqlite":
            return super().bind_processor(dialect)

        def write(value: datetime | None) -> str | None:
            moment = self.process_bind_param(value, dialect)
            return None if moment is None else moment.isoformat(" ", "microseconds")[:26]

        return write

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Every table has an application-made integer id, known before the row is saved."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {
        datetime: UtcDateTime(),
        int: BigInteger(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
    }

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)

    def __init__(self, **values: Any) -> None:
        held, columns = self.__dict__, _columns_of(type(self))
        held["id"] = values.pop("id", None) or new_id()
        for name, value in values.items():
            if name in columns:
                held[name] = value  # a new row is written whole: nobody asks what its columns held before
            elif hasattr(type(self), name):
                setattr(self, name, value)
            else:
                raise TypeError(f"{type(self).__name__} has no column {name}")


@cache
def _columns_of(kind: type[Base]) -> frozenset[str]:
    return frozenset(attribute.key for attribute in inspect(kind).column_attrs)


class Database:
    """One engine and its sessions. `write()` commits once at the end or rolls back; `read()` never writes."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = url
        self.engine = _make_engine(url, pool_size)
        self._writing = sessionmaker(self.engine, expire_on_commit=False)
        self._reading = sessionmaker(self.engine.execution_options(farline_readonly=True), expire_on_commit=False)
        self.room = DiskRoom(self.engine)
        self._line = WritersLine()
        self._shared = SharedCommit()

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that holds the write lock (SQLite) from its first statement and commits when the block ends."""
        with self.turn_to_write(), self._writing() as session, session.begin():
            yield session

    def write_together(self, work: Callable[[Session], T]) -> T:
        """Do `work` and commit. On SQLite threads that come at the same moment share a commit; on PostgreSQL a
        connection that was cut is replaced once. So `work` may be done again: it must leave nothing behind but what
        it writes, return no rows, and find for itself whether it was committed before."""
        if self.is_sqlite:
            return self._shared.run(self, work)
        try:
            return self._write_alone(work)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            return self._write_alone(work)

    def _write_alone(self, work: Callable[[Session], T]) -> T:
        with self.write() as session:
            return work(session)

    @contextmanager
    def turn_to_write(self) -> Iterator[None]:
        """SQLite has one writer at a time and lets the others sleep and try again, the unlucky ones for long: so the
        threads of a process stand in line here. Whoever waited too long goes on, and hears it from SQLite."""
        if not self.is_sqlite:
            yield
            return
        is_our_turn = self._line.enter(BUSY_TIMEOUT_MS / 1000)
        try:
            yield
        finally:
            if is_our_turn:
                self._line.leave()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for looking only: nothing it changes is kept. Rows it gave out keep what was loaded."""
        with self._reading() as session:
            yield session
            session.expunge_all()
            session.rollback()

    def close(self) -> None:
        self.engine.dispose()


def _make_engine(url: str, pool_size: int) -> Engine:
    if make_url(url).get_backend_name() == "sqlite":
        return _sqlite_engine(url)
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_use_lifo=True,  # a connection used a moment ago has its statements prepared and its catalogue at hand
        hide_parameters=True,
    )
    ping_when_idle(engine)
    return engine


def _sqlite_engine(url: str) -> Engine:
    import pysqlite3  # noqa: PLC0415 - a database driver is loaded only when it is the one in use

    if pysqlite3.sqlite_version_info < OLDEST_SAFE_SQLITE:
        raise RuntimeError(f"SQLite {pysqlite3.sqlite_version} can corrupt data: 3.51.3 or newer is needed")
    engine = create_engine(
        url, module=pysqlite3, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, hide_parameters=True
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    readonly = connection.get_execution_options().get("farline_readonly", False)
    connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """A column that holds one of a closed set; the database refuses anything else."""
    allowed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)

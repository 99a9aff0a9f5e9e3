"""All of messaging's SQL that more than one use case needs. Functions take the session first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, bindparam, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session, make_transient_to_detached

from app.core.database import Base
from app.core.prepared import prepared_once
from app.core.rows import by_column, columns_of
from app.messaging.models import Message, MessageAttempt, Receipt
from app.messaging.rules import Direction, MessageClass, MessageState

T = TypeVar("T")


def insert_once(session: Session, row: Base, *key: InstrumentedAttribute[Any]) -> bool:
    """Insert `row` unless one with its unique `key` exists. True: it is new, and the session now owns it."""
    connection, kind = session.connection(), type(row)
    statement = _insert_once(connection.dialect.name, kind, tuple(each.key for each in key))
    if connection.execute(statement, by_column(row)).first() is None:
        return False
    make_transient_to_detached(row)
    session.add(row)
    return True


def insert_messages(session: Session, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert messages given by attribute, all with the same ones, in one statement. Those whose carrier's id or cause
    is known are left out; returns how many were new."""
    connection = session.connection()
    return _insert_messages(connection, tuple(rows[0])).run_many(connection, rows)


_INSERTS: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@cache
def _insert_once(dialect: str, kind: type[Base], key: tuple[str, ...]) -> Any:
    """Built once per table: building it costs more than running it."""
    made = _INSERTS[dialect](kind.__table__)
    return made.on_conflict_do_nothing(index_elements=list(key)).returning(kind.id)


@prepared_once
def _insert_messages(database: str, names: tuple[str, ...]) -> Any:
    columns = dict(columns_of(Message))
    values: dict[str, Any] = {columns[name]: bindparam(name) for name in names}
    return _INSERTS[database](Message.__table__).values(values).on_conflict_do_nothing()


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """`items` in lists of at most `size`."""
    source = iter(items)
    while some := list(islice(source, size)):
        yield some


def in_state(*states: MessageState, of: Any = Message) -> ColumnElement[bool]:
    """A condition on the state, written out in the SQL so that a partial index can serve it on both databases."""
    named = [literal(state.value, literal_execute=True) for state in states]
    return of.state == named[0] if len(named) == 1 else of.state.in_(named)


def is_in_someones_hands() -> ColumnElement[bool]:
    """Messages with a lease; word for word the condition of the index that finds them."""
    return in_state(MessageState.CLAIMED, MessageState.ATTEMPTING, MessageState.UNCERTAIN, MessageState.RECEIVED)


def is_in_line(of: Any = Message) -> ColumnElement[bool]:
    """Messages that have not left; word for word the condition of the index that finds those of an address."""
    return in_state(MessageState.PENDING, MessageState.CLAIMED, MessageState.ATTEMPTING, of=of)


def is_reply_of_ours() -> ColumnElement[bool]:
    """Word for word the condition of the index that finds the replies to an address."""
    direction, class_ = (literal(each.value, literal_execute=True) for each in (Direction.OUTBOUND, MessageClass.REPLY))
    return and_(Message.direction == direction, Message.class_ == class_)


def find_attempt(
    session: Session, carrier: str, *, token: str | None, external_id: str | None
) -> MessageAttempt | None:
    """The attempt a carrier speaks of, one of its own: by our token when it rode along, else by the carrier's id."""
    if token:
        wanted = select(MessageAttempt).where(MessageAttempt.token == token, MessageAttempt.carrier == carrier)
        found = session.scalar(wanted)
        if found is not None:
            return found
    if not external_id:
        return None
    wanted = select(MessageAttempt).where(MessageAttempt.external_id == external_id, MessageAttempt.carrier == carrier)
    return session.scalar(wanted)


def locked_message(session: Session, message_id: int) -> Message:
    """The message as it stands now, held until this transaction ends.

    Held against change, not against being pointed at: receipts and attempts that name it may be written beside us.
    """
    session.flush()
    return session.get_one(Message, message_id, with_for_update={"key_share": True}, populate_existing=True)


def newest_attempt(session: Session, message_id: int) -> MessageAttempt | None:
    wanted = select(MessageAttempt).where(MessageAttempt.message_id == message_id)
    return session.scalar(wanted.order_by(MessageAttempt.number.desc()).limit(1))


def waiting_receipts(session: Session, carrier: str, external_ids: Iterable[str]) -> list[Receipt]:
    """Receipts kept before anyone knew whose they were."""
    wanted = select(Receipt).where(
        Receipt.carrier == carrier, Receipt.external_id.in_(list(external_ids)), Receipt.applied_at.is_(None)
    )
    return list(session.scalars(wanted))


def ids_known_to(session: Session, carrier: str, address_index: str, since: datetime) -> list[str]:
    """The carrier's ids of everything to one address begun after `since`: no other attempt may claim them."""
    wanted = (
        select(MessageAttempt.external_id)
        .join(Message, Message.id == MessageAttempt.message_id)
        .where(
            Message.address_index == address_index,
            MessageAttempt.carrier == carrier,
            MessageAttempt.external_id.is_not(None),
            Message.updated_at >= since,
        )
    )
    return [known for known in session.scalars(wanted) if known]

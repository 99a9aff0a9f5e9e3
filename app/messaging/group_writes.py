"""The two writes around a send, for a whole group at once, each row fenced.

PostgreSQL takes a group in one statement, its values as arrays: an execution for each row costs several times the
write itself, and a way there and back. SQLite is in this process and runs a prepared statement for each row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import (
    CTE,
    BigInteger,
    Insert,
    String,
    Table,
    Update,
    bindparam,
    column,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Connection

from app.core.database import UtcDateTime
from app.core.prepared import prepared_once
from app.messaging.models import Message, MessageAttempt
from app.messaging.rules import MessageState, Outcome

Rows = Sequence[Mapping[str, Any]]
STILL_OURS = (MessageState.ATTEMPTING, MessageState.UNCERTAIN)

_MESSAGE, _ATTEMPT = (cast(Table, row.__table__) for row in (Message, MessageAttempt))
_MARKS = {
    "message": BigInteger(), "ours": BigInteger(), "id": BigInteger(), "number": BigInteger(), "token": String(),
    "by": String(), "now": UtcDateTime(),
}  # fmt: skip
_ENDS = {
    "message": BigInteger(), "ours": BigInteger(), "attempt": String(), "carriers_id": String(),
    "counted": BigInteger(), "now": UtcDateTime(),
}  # fmt: skip


class NotAllOurs(Exception):
    """Another runner has taken one of a group, or a carrier's word came first. The transaction must be undone when
    there was more than one: some may be written."""


def mark_all(connection: Connection, rows: Rows) -> None:
    """Each message is being handed over, by this attempt: rows as `_MARKS` names their values."""
    if connection.dialect.name == "postgresql":
        _all_of(rows, _mark_at_once(connection).run_as_arrays(connection, rows))
    else:
        _all_of(rows, _mark_ours(connection).run_many(connection, rows))
        _begin(connection).run_many(connection, rows)


def accept_all(connection: Connection, rows: Rows) -> None:
    """Each message was taken by its carrier: rows as `_ENDS` names their values."""
    if connection.dialect.name == "postgresql":
        _all_of(rows, _accept_at_once(connection).run_as_arrays(connection, rows))
    else:
        _all_of(rows, _accept_ours(connection).run_many(connection, rows))
        _end(connection).run_many(connection, rows)


def _all_of(rows: Rows, changed: int) -> None:
    if changed != len(rows):
        raise NotAllOurs


@prepared_once
def _mark_ours(_database: str) -> Update:
    return _marked({name: bindparam(name) for name in _MARKS})


@prepared_once
def _begin(_database: str) -> Insert:
    return insert(_ATTEMPT).values(_begun({name: bindparam(name) for name in _MARKS}))


@prepared_once
def _mark_at_once(_database: str) -> Insert:
    given = _given(_MARKS)
    ours = _marked(given.c).returning(_MESSAGE.c.id).cte("ours")
    begun = _begun(given.c)
    return insert(_ATTEMPT).from_select(list(begun), select(*begun.values()).join(ours, ours.c.id == given.c.message))


@prepared_once
def _accept_ours(_database: str) -> Update:
    return _accepted({name: bindparam(name) for name in _ENDS})


@prepared_once
def _end(_database: str) -> Update:
    return _ended({name: bindparam(name) for name in _ENDS})


@prepared_once
def _accept_at_once(_database: str) -> Update:
    given = _given(_ENDS)
    ours = _accepted(given.c).returning(_MESSAGE.c.id).cte("ours")
    return _ended(given.c).where(given.c.message == ours.c.id)


def _given(types: Mapping[str, Any]) -> CTE:
    """The rows that `run_as_arrays` gives."""
    arrays = [bindparam(name, type_=ARRAY(kind)) for name, kind in types.items()]
    columns = [column(name, kind) for name, kind in types.items()]
    return select(func.unnest(*arrays).table_valued(*columns).render_derived("row")).cte("given")


def _marked(given: Any) -> Update:
    return (
        update(_MESSAGE)
        .where(_MESSAGE.c.id == given["message"], _MESSAGE.c.lease_token == given["ours"], _is(MessageState.CLAIMED))
        .values(state=_word(MessageState.ATTEMPTING), carrier=given["by"], updated_at=given["now"])
    )


def _begun(given: Any) -> dict[str, Any]:
    return {
        "id": given["id"],
        "message_id": given["message"],
        "number": given["number"],
        "token": given["token"],
        "carrier": given["by"],
        "started_at": given["now"],
    }


def _accepted(given: Any) -> Update:
    return (
        update(_MESSAGE)
        .where(
            _MESSAGE.c.id == given["message"],
            _MESSAGE.c.lease_token == given["ours"],
            or_(*map(_is, STILL_OURS)),
            _MESSAGE.c.external_id.is_(None),
        )
        .values(
            state=_word(MessageState.ACCEPTED),
            external_id=given["carriers_id"],
            accepted_at=given["now"],
            updated_at=given["now"],
            lease_until=null(),
            reason=null(),
            segments=func.coalesce(given["counted"], _MESSAGE.c.segments),
        )
    )


def _ended(given: Any) -> Update:
    return (
        update(_ATTEMPT)
        .where(_ATTEMPT.c.token == given["attempt"])
        .values(outcome=_word(Outcome.ACCEPTED), external_id=given["carriers_id"], ended_at=given["now"])
    )


def _is(state: MessageState) -> Any:
    return _MESSAGE.c.state == _word(state)


def _word(one_of_ours: MessageState | Outcome) -> Any:
    return literal_column(f"'{one_of_ours.value}'", String())

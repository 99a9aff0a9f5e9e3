"""The first of several tickets that nobody else is busy with, taken by one statement."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, TableValuedAlias, func, literal, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from app.support.models import Ticket


def change_first(
    session: Session,
    ticket_ids: Sequence[int],
    *conditions: ColumnElement[bool],
    waits: bool = False,
    **values: Any,
) -> int | None:
    """One UPDATE of the first of these tickets, in this order, that fulfils the conditions and that no other
    transaction holds; its id, or None. With `waits` it waits for the first, whoever holds it. On SQLite writers take
    turns anyway."""
    if not ticket_ids:
        return None
    wanted = _in_this_order(session, ticket_ids)
    first = select(Ticket.id).join(wanted, wanted.c.value == Ticket.id).where(*conditions)
    first = first.order_by(wanted.c.key).limit(1)
    if not waits:
        first = first.with_for_update(of=Ticket, skip_locked=True)
    changed = (
        update(Ticket)
        .where(Ticket.id == first.scalar_subquery(), *conditions)
        .values(version=Ticket.version + 1, **values)
        .returning(Ticket.id)
        .execution_options(synchronize_session=False)
    )
    return session.scalars(changed).first()


def _in_this_order(session: Session, ids: Sequence[int]) -> TableValuedAlias:
    """`ids` as rows (key, value), given as one value: the statement is the same text however many there are."""
    if session.get_bind().dialect.name == "sqlite":
        return func.json_each(json.dumps(list(ids))).table_valued("key", "value")
    given = literal(list(ids), postgresql.ARRAY(BigInteger))
    return func.unnest(given).table_valued("value", with_ordinality="key").render_derived()

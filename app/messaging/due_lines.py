"""The statements that find and claim what is due. Built once: building them costs more than running them.

An address is served by one message at a time, in order: only the head of its line can be claimed, and not while another
is on its way. So a conversation's messages keep their order with any number of runners. Urgent messages and replies go
first come, first served; reminders and bulk are shared out among the clinics that have any.
"""

from __future__ import annotations

import random
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.dml import ReturningUpdate

from app.core.database import UtcDateTime
from app.core.ids import new_id
from app.core.models import Clinic
from app.core.statements import built_once
from app.messaging.models import Message
from app.messaging.rules import MessageState, Priority
from app.messaging.store import in_state

FIRST_COME = (Priority.URGENT, Priority.REPLY)
SHARED_OUT = (Priority.REMINDER, Priority.BULK)
_NOW = bindparam("now", type_=UtcDateTime())


def has_due(session: Session, *, now: datetime) -> bool:
    """Whether a claim could find anything. Cheap, takes no lock."""
    return bool(session.scalar(_any_due(), {"now": now}))


def claim_rows(session: Session, *, limit: int, now: datetime, lease_until: datetime) -> list[Message]:
    """Up to `limit` due messages, now claimed, most urgent first."""
    claiming = _Claiming(session, limit=limit, now=now, lease_until=lease_until)
    for lane in FIRST_COME:
        claiming.take(lane)
    for lane in SHARED_OUT:
        if claiming.room:
            _share_out(session, claiming, lane, now)
    rows = session.scalars(select(Message).where(Message.id.in_(claiming.ids))) if claiming.ids else ()
    return sorted(rows, key=lambda row: (row.priority, row.due_at, row.id))


def _share_out(session: Session, claiming: _Claiming, lane: Priority, now: datetime) -> None:
    """Each clinic with something due gets the same share; what one does not use goes to the others."""
    clinics = list(session.scalars(_clinics_with_due(), {"lane": int(lane), "now": now}))
    random.shuffle(clinics)  # nobody's place in the list is better than another's
    for number, clinic_id in enumerate(clinics):
        share = -(-claiming.room // (len(clinics) - number))
        claiming.take(lane, clinic_id=clinic_id, at_most=share)


class _Claiming:
    """One claim under way: its token, and the ids it has got so far."""

    def __init__(self, session: Session, *, limit: int, now: datetime, lease_until: datetime) -> None:
        self.session = session
        self.limit = limit
        self.known = {"now": now, "until": lease_until, "token": new_id()}
        self.ids: list[int] = []

    @property
    def room(self) -> int:
        return self.limit - len(self.ids)

    def take(self, lane: Priority, *, clinic_id: int | None = None, at_most: int | None = None) -> None:
        room = self.room if at_most is None else min(self.room, at_most)
        if room > 0:
            known = {**self.known, "lane": int(lane), "room": room, "clinic": clinic_id}
            statement = _claim_statement(of_one_clinic=clinic_id is not None)
            self.ids += self.session.scalars(statement, known)


@built_once
def _any_due() -> Select[bool]:
    lanes = (exists().where(*_due(literal(int(lane), literal_execute=True))) for lane in Priority)
    return select(or_(*lanes))


@built_once
def _clinics_with_due() -> Select[int]:
    lane = bindparam("lane", type_=BigInteger())
    return select(Clinic.id).where(exists().where(*_due(lane), Message.clinic_id == Clinic.id).correlate(Clinic))


@built_once
def _claim_statement(*, of_one_clinic: bool) -> ReturningUpdate[int]:
    whose = (Message.clinic_id == bindparam("clinic", type_=BigInteger()),) if of_one_clinic else ()
    picked = (
        select(Message.id)
        .where(*_due(bindparam("lane", type_=BigInteger())), *whose, ~_has_one_ahead())
        .order_by(Message.due_at, Message.id)
        .limit(bindparam("room", type_=BigInteger()))
        .with_for_update(skip_locked=True)
        .cte("picked")
    )
    return (
        update(Message)
        .where(Message.id.in_(select(picked.c.id)), in_state(MessageState.PENDING))
        .values(
            state=MessageState.CLAIMED,
            lease_token=bindparam("token"),
            lease_until=bindparam("until"),
            attempts=Message.attempts + 1,
        )
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )


def _due(lane: ColumnElement[int]) -> tuple[ColumnElement[bool], ...]:
    return (in_state(MessageState.PENDING), Message.priority == lane, Message.due_at <= _NOW)


def _has_one_ahead() -> ColumnElement[bool]:
    """Somebody stands before it in its address's line: on its way, due earlier, or an earlier part to be retried.

    A part that is retried falls due late but keeps its place before the parts that follow it.
    """
    ahead = aliased(Message)
    open_line = in_state(MessageState.PENDING, MessageState.CLAIMED, MessageState.ATTEMPTING, of=ahead)
    same_conversation = func.coalesce(ahead.conversation_id, -1) == func.coalesce(Message.conversation_id, -2)
    on_its_way = ahead.state.in_((MessageState.CLAIMED, MessageState.ATTEMPTING))
    place, own_place = (ahead.priority, ahead.due_at, ahead.id), (Message.priority, Message.due_at, Message.id)
    a_later_part = and_(same_conversation, Message.put_off > 0, ahead.id > Message.id)
    earlier = and_(ahead.due_at <= _NOW, tuple_(*place) < tuple_(*own_place), ~a_later_part)
    earlier_part = and_(same_conversation, ahead.put_off > 0, ahead.id < Message.id)
    return exists().where(
        ahead.address_index == Message.address_index, open_line, or_(on_its_way, earlier, earlier_part)
    )

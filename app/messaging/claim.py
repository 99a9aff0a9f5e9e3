"""Claim what is due: one statement on both databases, a lease and a fencing token, and the gate in the same commit.

An address is served by one message at a time, in order: only the head of its line can be claimed, and not while
another is on its way. So a conversation's messages keep their order with any number of runners.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

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
from app.core.ground import Ground
from app.core.ids import new_id, new_token
from app.core.models import Clinic
from app.core.sealed import SealBroken
from app.messaging.choose_carrier import choose_carrier
from app.messaging.end_message import end_message
from app.messaging.gate import pass_gate, put_back
from app.messaging.models import Message
from app.messaging.rules import MessageState, Priority, Reason, Verdict
from app.messaging.store import in_state
from channels.registry import BuiltCarrier

NO_CARRIER_PAUSE = timedelta(minutes=1)


@dataclass(frozen=True)
class Claimed:
    """One message in our hands, until its lease ends. Plain values: no row outlives the claim's transaction."""

    message_id: int
    lease_token: int
    attempt_number: int
    attempt_token: str
    channel: str
    carrier: BuiltCarrier
    address: str
    sender: str | None
    text: str | None
    not_after: datetime | None
    parts_done: int
    put_off: int


def has_due(session: Session, *, now: datetime) -> bool:
    """Whether a claim could find anything. Cheap, takes no lock."""
    return bool(session.scalar(_any_due(), {"now": now}))


def claim(ground: Ground, *, limit: int, lease: timedelta) -> list[Claimed]:
    """Up to `limit` due messages, most urgent first, claimed and through the gate, committed."""
    now, machine_now = ground.clock.now(), ground.clock.machine_now()
    with ground.database.write() as session:
        messages = _claim_rows(session, limit=limit, now=now, lease_until=machine_now + lease)
        readable = [message for message in messages if _opens(session, message, now)]
        clinics = _clinics_of(session, readable)
        passed = pass_gate(session, readable, clinics, now=now) if readable else []
        return [
            claimed
            for message in passed
            if (claimed := _in_hand(message, clinics[message.clinic_id], ground.carriers, now=now))
        ]


def _claim_rows(session: Session, *, limit: int, now: datetime, lease_until: datetime) -> list[Message]:
    token = new_id()
    ids: list[int] = []
    for lane in Priority:
        if len(ids) < limit:
            known = {"lane": int(lane), "now": now, "room": limit - len(ids), "token": token, "until": lease_until}
            ids += session.scalars(_claim_statement(), known)
    rows = session.scalars(select(Message).where(Message.id.in_(ids))) if ids else ()
    return sorted(rows, key=lambda row: (row.priority, row.due_at, row.id))


# The statements are built once: building them costs more than running them.


@cache
def _any_due() -> Select[tuple[bool]]:
    lanes = (exists().where(*_due(literal(int(lane), literal_execute=True))) for lane in Priority)
    return select(or_(*lanes))


@cache
def _claim_statement() -> ReturningUpdate[int]:
    picked = (
        select(Message.id)
        .where(*_due(bindparam("lane", type_=BigInteger())), ~_has_one_ahead())
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


_NOW = bindparam("now", type_=UtcDateTime())


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


def _opens(session: Session, message: Message, now: datetime) -> bool:
    """A message whose sealed words do not open ends here, and does not hold up the others."""
    try:
        return isinstance(message.address, str) and (message.body is None or isinstance(message.body, str))
    except SealBroken:
        end_message(session, message, MessageState.DEAD, Reason.UNREADABLE, now=now)
        return False


def _clinics_of(session: Session, messages: Sequence[Message]) -> dict[int, Clinic]:
    wanted = {message.clinic_id for message in messages}
    return {clinic.id: clinic for clinic in session.scalars(select(Clinic).where(Clinic.id.in_(wanted)))}


def _in_hand(
    message: Message, clinic: Clinic, carriers: Mapping[str, BuiltCarrier], *, now: datetime
) -> Claimed | None:
    carrier = choose_carrier(carriers, clinic.settings, message.channel)
    if carrier is None:
        put_back(message, Verdict(MessageState.PENDING, Reason.NO_CARRIER, now + NO_CARRIER_PAUSE), now=now)
        return None
    return Claimed(
        message_id=message.id,
        lease_token=message.lease_token or 0,
        attempt_number=message.attempts,
        attempt_token=new_token(),
        channel=message.channel,
        carrier=carrier,
        address=message.address,
        sender=message.sender or clinic.sender,
        text=message.body,
        not_after=message.not_after,
        parts_done=message.parts_done,
        put_off=message.put_off,
    )

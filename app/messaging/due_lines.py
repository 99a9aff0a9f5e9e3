"""The statements that find and claim what is due. Built once: building them costs more than running them.

An address is served by one message at a time, in order: only the head of its line can be claimed, and not while another
is on its way. So a conversation's messages keep their order with any number of runners. Urgent messages and replies go
first come, first served; reminders and bulk are shared out among the clinics that have any, and stay where they are
while the number they would leave from has sent all that its pace allows.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
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
from sqlalchemy.orm import Session, aliased, load_only
from sqlalchemy.sql.dml import ReturningUpdate

from app.core.database import UtcDateTime
from app.core.ids import new_id
from app.core.models import Clinic
from app.core.statements import built_once
from app.messaging.busy_lines import BusyLines
from app.messaging.models import Message
from app.messaging.rules import HELD_BACK, MessageState, Priority
from app.messaging.store import in_state, is_in_line
from channels.base import Channel

FIRST_COME = (Priority.URGENT, Priority.REPLY)
SHARED_OUT = (Priority.REMINDER, Priority.BULK)
LATELY = timedelta(minutes=5)  # what was put off is found among what fell due since, without reading all that waits
_NOW = bindparam("now", type_=UtcDateTime())
_OF_THE_CLINIC = Message.clinic_id == bindparam("clinic", type_=BigInteger())
_ONE = literal(1, literal_execute=True)
_LOOKED_AT = (  # what the gate, the budgets and the carrier need of a message, and what may change in the claim
    Message.clinic_id, Message.patient_id, Message.channel, Message.carrier, Message.sender, Message.address_index,
    Message.address_sealed, Message.body_sealed, Message.class_, Message.priority, Message.obeys_quiet_hours,
    Message.needs_consent, Message.purpose, Message.zone, Message.state, Message.reason, Message.due_at,
    Message.not_after, Message.lease_until, Message.lease_token, Message.attempts, Message.put_off, Message.parts_done,
    Message.segments, Message.due_step_id, Message.updated_at,
)  # fmt: skip


def has_due(session: Session, *, now: datetime) -> bool:
    """Whether a claim could find anything. Cheap, takes no lock."""
    return bool(session.scalar(_any_due(), {"now": now}))


def first_due(session: Session, *within: ColumnElement[bool]) -> datetime | None:
    """When the first of those that wait falls due; of those `within` these conditions."""
    found = (session.scalar(select(func.min(Message.due_at)).where(lanes(), *within)) for lanes in _LANES)
    return min((moment for moment in found if moment is not None), default=None)


def claim_rows(session: Session, *, limit: int, now: datetime, lease_until: datetime, busy: BusyLines) -> list[Message]:
    """Up to `limit` due messages, now claimed, most urgent first. They hold what `_LOOKED_AT` names."""
    claiming = _Claiming(session, limit=limit, now=now, lease_until=lease_until, busy=busy)
    where = session.execute(_where_due(), {"now": now}).all()
    for lane, is_due in zip(FIRST_COME, where[0][1:] if where else (), strict=False):
        if is_due:
            claiming.take(lane)
    for number, lane in enumerate(SHARED_OUT, start=1 + len(FIRST_COME)):
        _share_out(claiming, lane, [clinic[0] for clinic in where if clinic[number]])
    rows = session.scalars(_claimed(), {"ids": claiming.ids}) if claiming.ids else ()
    return sorted(rows, key=lambda row: (row.priority, not row.put_off, row.due_at, row.id))


def _share_out(claiming: _Claiming, lane: Priority, clinics: list[int]) -> None:
    """Each clinic with something due gets the same share; what one does not use goes to the others."""
    random.shuffle(clinics)  # nobody's place in the list is better than another's
    claiming.busy.look(clinics)
    for number, clinic_id in enumerate(clinics):
        share = -(-claiming.room // (len(clinics) - number))
        claiming.take(lane, clinic_id=clinic_id, at_most=share)


class _Claiming:
    """One claim under way: its token, and the ids it has got so far."""

    def __init__(self, session: Session, *, limit: int, now: datetime, lease_until: datetime, busy: BusyLines) -> None:
        self.session = session
        self.busy = busy
        self.limit = limit
        self.known = {"now": now, "until": lease_until, "token": new_id(), "lately": now - LATELY}
        self.ids: list[int] = []

    @property
    def room(self) -> int:
        return self.limit - len(self.ids)

    def take(self, lane: Priority, *, clinic_id: int | None = None, at_most: int | None = None) -> None:
        room = self.room if at_most is None else min(self.room, at_most)
        busy = self.busy.of(clinic_id) if clinic_id is not None else None
        known = {**self.known, "lane": int(lane), "clinic": clinic_id}
        if busy is None:
            self._take(_claim_statement(of_one_clinic=clinic_id is not None), known, room)
            return
        known |= {"busy": list(busy.numbers), "is_usual_free": not busy.is_usual}
        taken = self._take(_claim_paced_statement(put_off=True), known, room)
        self._take(_claim_paced_statement(put_off=False), known, room - taken)

    def _take(self, statement: ReturningUpdate[int], known: Mapping[str, Any], room: int) -> int:
        """How many were got."""
        found = list(self.session.scalars(statement, {**known, "room": room})) if room > 0 else []
        self.ids += found
        return len(found)


@built_once
def _any_due() -> Select[bool]:
    of_a_clinic = or_(*(_has_due(lane) for lane in SHARED_OUT))
    return select(or_(*map(_anybody_has_due, FIRST_COME), exists().where(of_a_clinic).select_from(Clinic)))


@built_once
def _where_due() -> Select[Any]:
    """A row for each clinic: its id, whether anything at all is due in each lane that is first come, and whether
    anything of the clinic's is in each that is shared out."""
    columns: tuple[ColumnElement[Any], ...] = (
        Clinic.id.expression,
        *map(_anybody_has_due, FIRST_COME),
        *map(_has_due, SHARED_OUT),
    )
    return select(*columns)


def _anybody_has_due(lane: Priority) -> ColumnElement[bool]:
    return _is_any(*_due(_first_come(), _lane(lane)))


def _has_due(lane: Priority) -> ColumnElement[bool]:
    """Of a clinic of the statement around it."""
    return _is_any(*_due(_shared_out(), _lane(lane)), Message.clinic_id == Clinic.id)


def _is_any(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """As EXISTS says it too; but for that, PostgreSQL may read all that is due once for all clinics."""
    first = select(_ONE).where(*conditions).correlate(Clinic).limit(_ONE).scalar_subquery()
    return first.is_not(None)


@built_once
def _claimed() -> Select[Message]:
    return select(Message).options(load_only(*_LOOKED_AT)).where(Message.id.in_(bindparam("ids", expanding=True)))


@built_once
def _claim_statement(*, of_one_clinic: bool) -> ReturningUpdate[int]:
    return _claim_those(_shared_out(), _OF_THE_CLINIC) if of_one_clinic else _claim_those(_first_come())


@built_once
def _claim_paced_statement(*, put_off: bool) -> ReturningUpdate[int]:
    """Of a clinic with a pace. What the carrier asked to bring later falls due behind others, and goes before them."""
    lately = (Message.put_off > 0, Message.due_at > bindparam("lately", type_=UtcDateTime())) if put_off else ()
    return _claim_those(_shared_out(), _OF_THE_CLINIC, _has_room(), *lately)


def _claim_those(lanes: ColumnElement[bool], *which: ColumnElement[bool]) -> ReturningUpdate[int]:
    picked = (
        select(Message.id)
        .where(*_due(lanes, bindparam("lane", type_=BigInteger())), *which, ~_has_one_ahead())
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


def _lane(lane: Priority) -> ColumnElement[int]:
    """Written out in the SQL, so that the database knows which one it plans for."""
    return literal(int(lane), literal_execute=True)


def _first_come() -> ColumnElement[bool]:
    """Word for word the condition of the index over what waits in these lanes; so is the other."""
    return and_(in_state(MessageState.PENDING), Message.priority < _lane(Priority.REMINDER))


def _shared_out() -> ColumnElement[bool]:
    return and_(in_state(MessageState.PENDING), Message.priority >= _lane(Priority.REMINDER))


def _due(lanes: ColumnElement[bool], lane: ColumnElement[int]) -> tuple[ColumnElement[bool], ...]:
    return (lanes, Message.priority == lane, Message.due_at <= _NOW)


def _has_room() -> ColumnElement[bool]:
    """The number it would leave from may send now; calls have no pace."""
    named = Message.sender.not_in(bindparam("busy", expanding=True))
    unnamed = and_(Message.sender.is_(None), bindparam("is_usual_free", type_=Boolean()))
    return or_(Message.channel != Channel.SMS.value, named, unnamed)


def _has_one_ahead() -> ColumnElement[bool]:
    """Somebody stands before it in its address's line: on its way, due earlier, or an earlier part that was held back.

    A part that was held back falls due late but keeps its place before the parts that follow it.
    """
    ahead = aliased(Message)
    on_its_way = ahead.state.in_((MessageState.CLAIMED, MessageState.ATTEMPTING))
    place, own_place = (ahead.priority, ahead.due_at, ahead.id), (Message.priority, Message.due_at, Message.id)
    is_kept_by_it = _keeps_waiting(Message, ahead)
    earlier = and_(ahead.due_at <= _NOW, tuple_(*place) < tuple_(*own_place), ~is_kept_by_it)
    in_its_way = or_(on_its_way, earlier, _keeps_waiting(ahead, Message))
    return exists().where(ahead.address_index == Message.address_index, is_in_line(ahead), in_its_way)


def _keeps_waiting(part: Any, later: Any) -> ColumnElement[bool]:
    """`part` comes before `later` in one conversation and was held back: by its carrier, the pace or the day's cap.

    What is more urgent does not wait for what only we held.
    """
    same_conversation = func.coalesce(part.conversation_id, -1) == func.coalesce(later.conversation_id, -2)
    we_held = and_(func.coalesce(part.reason, "").in_(HELD_BACK), part.priority <= later.priority)
    return and_(same_conversation, part.id < later.id, or_(part.put_off > 0, we_held))


_LANES = (_first_come, _shared_out)

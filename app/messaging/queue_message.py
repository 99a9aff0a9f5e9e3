"""Queue one message: the row is its own outbox entry, so it commits together with whatever caused it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.ids import new_id
from app.core.sealed import Sealed, keyring
from app.messaging.insert_many import insert_batches
from app.messaging.models import Message
from app.messaging.rules import DEFAULT_LIFE, Direction, MessageClass, MessageState, Priority
from app.messaging.store import batched, insert_once
from app.messaging.template_rules import as_sent
from channels.base import Channel
from channels.sms.segments import measure

AT_ONCE = 5_000


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What is to be sent, to whom, because of what. The same `cause` twice is one message.

    `address` is E.164. `due_at` None: now. `not_after` None: within a day. `zone` is that of the place it is about.
    """

    clinic_id: int
    channel: str
    address: str
    address_index: str | None = None  # its blind index, where it is known already
    purpose: str
    cause: str
    body: str | None = None
    class_: MessageClass = MessageClass.REPLY
    priority: Priority = Priority.REPLY
    locale: str | None = None
    sender: str | None = None
    patient_id: int | None = None
    contact_point_id: int | None = None
    conversation_id: int | None = None
    ticket_id: int | None = None
    appointment_id: int | None = None
    due_step_id: int | None = None
    notice_id: int | None = None
    due_at: datetime | None = None
    not_after: datetime | None = None
    zone: str | None = None
    obeys_quiet_hours: bool = True
    needs_consent: bool = True
    may_be_plain: bool = False  # a sentence of ours: French accents may go where that takes fewer segments


def queue_message(session: Session, draft: Draft, *, now: datetime) -> Message:
    """The message for `draft`, pending; when its cause was queued before, that first message, unchanged."""
    row = Message(**drafted(draft, now=now))
    if insert_once(session, row, Message.cause):
        return row
    return session.scalars(select(Message).where(Message.cause == draft.cause)).one()


def queue_messages(session: Session, drafts: Iterable[Draft], *, now: datetime) -> None:
    """As `queue_message` for many at once. What makes `drafts` must not use the session: it is at work meanwhile."""
    many = ([drafted(draft, now=now) for draft in some] for some in batched(drafts, AT_ONCE))
    insert_batches(session, many)


def drafted(draft: Draft, *, now: datetime) -> dict[str, Any]:
    """The message of `draft` by attribute, not stored yet; its id says its place among the others."""
    message_id = new_id()
    due_at = max(draft.due_at or now, now)
    body = _written(draft)
    return {
        **dict(zip(_AS_DRAFTED, _as_drafted(draft), strict=True)),
        **_measured(draft.channel, body),
        "id": message_id,
        "direction": _OUTBOUND,
        "address_sealed": _ADDRESS.boxed("message", message_id, draft.address),
        "address_index": draft.address_index or keyring().blind_index("address", draft.address),
        "body_sealed": _BODY.boxed("message", message_id, body),
        "class_": _PLAIN_CLASS[draft.class_],
        "priority": _PLAIN_PRIORITY[draft.priority],
        "state": _PENDING,
        "attempts": 0,
        "put_off": 0,
        "parts_done": 0,
        "due_at": due_at,
        "not_after": draft.not_after or due_at + DEFAULT_LIFE,
        "created_at": now,
        "updated_at": now,
    }


def _written(draft: Draft) -> str | None:
    if draft.channel != Channel.SMS:
        return draft.body
    return as_sent(draft.body or "", may_be_plain=draft.may_be_plain)


_ADDRESS, _BODY = Sealed("address_sealed"), Sealed("body_sealed")
_AS_DRAFTED = (
    "clinic_id", "channel", "cause", "patient_id", "contact_point_id", "conversation_id", "ticket_id",
    "appointment_id", "due_step_id", "notice_id", "sender", "locale", "purpose", "obeys_quiet_hours", "needs_consent",
    "zone",
)  # fmt: skip
_as_drafted = attrgetter(*_AS_DRAFTED)
# plain words and numbers: SQLite's driver looks twice at anything else
_OUTBOUND, _PENDING = Direction.OUTBOUND.value, MessageState.PENDING.value
_PLAIN_CLASS = {each: each.value for each in MessageClass}
_PLAIN_PRIORITY = {each: int(each) for each in Priority}


def _measured(channel: str, body: str | None) -> dict[str, Any]:
    if channel != Channel.SMS:
        return {"segments": None, "encoding": None}
    counted = measure(body or "")
    return {"segments": counted.segments, "encoding": str(counted.encoding)}

"""Queue one message: the row is its own outbox entry, so it commits together with whatever caused it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.sealed import keyring
from app.messaging.models import Message
from app.messaging.rules import DEFAULT_LIFE, Direction, MessageClass, MessageState, Priority
from app.messaging.store import insert_many_once, insert_once
from channels.base import Channel
from channels.sms.segments import fold, measure


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What is to be sent, to whom, because of what. The same `cause` twice is one message.

    `address` is E.164. `due_at` None: now. `not_after` None: within a day. `zone` is that of the place it is about.
    """

    clinic_id: int
    channel: str
    address: str
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
    due_at: datetime | None = None
    not_after: datetime | None = None
    zone: str | None = None
    obeys_quiet_hours: bool = True
    needs_consent: bool = True


def queue_message(session: Session, draft: Draft, *, now: datetime) -> Message:
    """The message for `draft`, pending; when its cause was queued before, that first message, unchanged."""
    row = _row(draft, now)
    if insert_once(session, row, Message.cause):
        return row
    return session.scalars(select(Message).where(Message.cause == draft.cause)).one()


def queue_messages(session: Session, drafts: Sequence[Draft], *, now: datetime) -> None:
    """As `queue_message` for many at once."""
    insert_many_once(session, [_row(draft, now) for draft in drafts], Message.cause)


def _row(draft: Draft, now: datetime) -> Message:
    due_at = max(draft.due_at or now, now)
    body, segments, encoding = draft.body, None, None
    if draft.channel == Channel.SMS:
        body = fold(draft.body or "")
        counted = measure(body)
        segments, encoding = counted.segments, str(counted.encoding)
    return Message(
        clinic_id=draft.clinic_id,
        direction=Direction.OUTBOUND,
        channel=draft.channel,
        carrier=None,
        external_id=None,
        cause=draft.cause,
        patient_id=draft.patient_id,
        contact_point_id=draft.contact_point_id,
        conversation_id=draft.conversation_id,
        ticket_id=draft.ticket_id,
        appointment_id=draft.appointment_id,
        due_step_id=draft.due_step_id,
        address=draft.address,
        address_index=keyring().blind_index("address", draft.address),
        sender=draft.sender,
        body=body,
        locale=draft.locale,
        class_=MessageClass(draft.class_),
        purpose=draft.purpose,
        priority=int(Priority(draft.priority)),
        obeys_quiet_hours=draft.obeys_quiet_hours,
        needs_consent=draft.needs_consent,
        zone=draft.zone,
        state=MessageState.PENDING,
        due_at=due_at,
        not_after=draft.not_after or due_at + DEFAULT_LIFE,
        segments=segments,
        encoding=encoding,
        created_at=now,
        updated_at=now,
    )

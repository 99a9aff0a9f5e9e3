"""One inbound text and the replies it causes: stored together, once by (carrier, carrier's id)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ScalarSelect, bindparam, select
from sqlalchemy.orm import Session

from app.core.faults import fault_point
from app.core.models import Clinic
from app.core.rows import whole
from app.messaging.models import Message, MessageAttachment
from app.messaging.rules import Direction, MessageClass, MessageState
from app.messaging.store import insert_messages
from channels.address import Address, normalise
from channels.base import Attachment, Channel, InboundMessage


class AlreadyReceived(Exception):
    """This very text was stored before, perhaps this moment by another thread: the transaction must be undone."""


def message_of(
    carrier: str, inbound: InboundMessage, address: str, address_index: str, *, clinic: Clinic, now: datetime
) -> Message:
    """The text as a row that is not stored yet. Its words are kept exactly as they came; `address` is `address_of` it,
    with its blind index."""
    return Message(
        clinic_id=clinic.id,
        direction=Direction.INBOUND,
        channel=Channel.SMS,
        carrier=carrier,
        external_id=_without_nulls(inbound.carrier_id),
        address=address,
        address_index=address_index,
        sender=_without_nulls(inbound.recipient),
        body=inbound.text,
        class_=MessageClass.REPLY,
        purpose="inbound",
        state=MessageState.RECEIVED,
        segments=inbound.segments,
        created_at=now,
        updated_at=now,
    )


def store_message(session: Session, message: Message, replies: Sequence[Mapping[str, Any]] = ()) -> None:
    """Store the text with the `replies` to it, as drafted. Raises AlreadyReceived when it came before."""
    stored = whole(message)
    new = insert_messages(session, [stored, *({**_blank(), **reply} for reply in replies)])
    fault_point("in_inbound")
    if new <= len(replies):
        raise AlreadyReceived


def keep_attachments(session: Session, message: Message, attachments: Sequence[Attachment]) -> None:
    """What came with a text that was just stored, by the carrier's names, each once."""
    named = {each.carrier_id: each for each in attachments}
    for number, each in enumerate(named.values(), start=1):
        kept = MessageAttachment(message_id=message.id, number=number)
        kept.external_id, kept.content_type = _without_nulls(each.carrier_id), _without_nulls(each.content_type)
        session.add(kept)
    session.flush()


@cache
def _blank() -> dict[str, Any]:
    """What a message holds that nobody gave it, so that all rows of one statement have the same attributes."""
    return whole(Message(id=1))


def received_before(session: Session, carrier: str, inbound: InboundMessage) -> int | None:
    """The id of this very text, when it is stored."""
    return session.scalar(select(known_message()), named(carrier, inbound))


@cache
def known_message() -> ScalarSelect[int]:
    """The id of the stored text that `named` describes, for use inside another statement."""
    wanted = select(Message.id).where(
        Message.carrier == bindparam("carrier"),
        Message.direction == Direction.INBOUND,
        Message.external_id == bindparam("external_id"),
    )
    return wanted.scalar_subquery()


def named(carrier: str, inbound: InboundMessage) -> dict[str, str]:
    """What names a text for ever."""
    return {"carrier": carrier, "external_id": _without_nulls(inbound.carrier_id)}


def address_of(inbound: InboundMessage) -> str:
    """Who wrote: E.164 for a phone, else the sender as the carrier named it."""
    address = normalise(inbound.sender)
    return address.value if isinstance(address, Address) else inbound.sender


def _without_nulls(text: str) -> str:
    """PostgreSQL stores no null character in a text column; sealed columns keep theirs."""
    return text.replace("\x00", "")

"""Store one inbound text, once by (carrier, carrier's id), before anything is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.faults import fault_point
from app.core.models import Clinic
from app.core.sealed import keyring
from app.messaging.models import Message
from app.messaging.rules import Direction, MessageClass, MessageState
from app.messaging.store import insert_once
from channels.address import Address, normalise
from channels.base import Channel, InboundMessage


@dataclass(frozen=True)
class Received:
    """`is_new` False: this very message was stored before, and `message` is that row."""

    message: Message
    is_new: bool


def receive_message(
    session: Session, carrier: str, inbound: InboundMessage, *, clinic: Clinic, now: datetime
) -> Received:
    """The stored message, state `received` until the conversation has made something of it (`handled`).

    The words are kept exactly as they came. The sender is kept in E.164 when it is a phone.
    """
    row = _row(carrier, inbound, clinic, now)
    is_new = insert_once(session, row, Message.carrier, Message.direction, Message.external_id)
    fault_point("in_inbound")
    return Received(row if is_new else _stored(session, row), is_new)


def _row(carrier: str, inbound: InboundMessage, clinic: Clinic, now: datetime) -> Message:
    address = address_of(inbound)
    return Message(
        clinic_id=clinic.id,
        direction=Direction.INBOUND,
        channel=Channel.SMS,
        carrier=carrier,
        external_id=_without_nulls(inbound.carrier_id),
        address=address,
        address_index=keyring().blind_index("address", address),
        sender=_without_nulls(inbound.recipient),
        body=inbound.text,
        class_=MessageClass.REPLY,
        purpose="inbound",
        state=MessageState.RECEIVED,
        segments=inbound.segments,
        created_at=now,
        updated_at=now,
    )


def address_of(inbound: InboundMessage) -> str:
    """Who wrote: E.164 for a phone, else the sender as the carrier named it."""
    address = normalise(inbound.sender)
    return address.value if isinstance(address, Address) else inbound.sender


def _stored(session: Session, row: Message) -> Message:
    wanted = select(Message).where(
        Message.carrier == row.carrier, Message.direction == row.direction, Message.external_id == row.external_id
    )
    return session.scalars(wanted).one()


def _without_nulls(text: str) -> str:
    """PostgreSQL stores no null character in a text column; sealed columns keep theirs."""
    return text.replace("\x00", "")

"""Pictures and sounds sent with a text, fetched from the carrier that keeps them each time somebody looks. Never kept
here, and never fetched by an address that a request named."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import Busy, NotFound
from app.core.ground import Ground
from app.intake.attachments import kind_of
from app.messaging.models import Message, MessageAttachment
from channels.errors import ChannelError

_UNREACHED_SENTENCE = "The carrier did not give us the file. Please try again in a moment."
_GONE_SENTENCE = "The carrier does not have this file any more."
_NOT_SHOWN_SENTENCE = "This file is neither a picture nor a sound. It is not shown."


@dataclass(frozen=True)
class Sent:
    """One file sent with a text, by the carrier's names of both."""

    carrier: str
    message_id: str
    attachment_id: str


def sent_with(session: Session, message: Message, number: int) -> Sent:
    """The file of this number. Raises NotFound."""
    wanted = select(MessageAttachment.external_id).where(
        MessageAttachment.message_id == message.id, MessageAttachment.number == number
    )
    attachment_id = session.scalar(wanted)
    if attachment_id is None or message.carrier is None or message.external_id is None:
        raise NotFound
    return Sent(message.carrier, message.external_id, attachment_id)


def fetch_sent(ground: Ground, sent: Sent) -> tuple[bytes, str]:
    """The file and what it is by its content. Asks the carrier, so no session may be open. Raises NotFound and Busy."""
    carrier = ground.carriers.get(sent.carrier)
    if carrier is None or carrier.fetch_attachment is None:
        raise NotFound
    try:
        content = carrier.fetch_attachment(sent.message_id, sent.attachment_id)
    except ChannelError as error:
        if error.code == "not_kept":
            raise NotFound(_GONE_SENTENCE) from error
        raise Busy(error.sentence if error.code == "too_large" else _UNREACHED_SENTENCE) from error
    kind = kind_of(content)
    if kind is None:
        raise NotFound(_NOT_SHOWN_SENTENCE)
    return content, kind

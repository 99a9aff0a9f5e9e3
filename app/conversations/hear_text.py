"""The trip of an inbound text: stored once, consent words first, then one turn, its replies queued, one commit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from sqlalchemy.orm import Session

from app.conversations.hold import hand_over
from app.conversations.letter import Letter
from app.conversations.route_text import route_text
from app.conversations.store import answer_line
from app.conversations.whose_words import general_conversation
from app.core.ground import Ground
from app.core.log import logger
from app.messaging.receive_message import (
    AlreadyReceived,
    address_of,
    keep_attachments,
    message_of,
    received_before,
)
from app.patients.store import address_index
from app.support.rules import TicketReason
from channels.base import InboundMessage
from channels.errors import UnknownRecipient

log = logger("conversations")


@dataclass(frozen=True)
class Heard:
    """What became of a text: its row, and whether it was new."""

    message_id: int | None
    is_new: bool = False


def hear_text(ground: Ground, carrier_name: str, inbound: InboundMessage) -> Heard:
    """Take one verified text. Returns once it is committed; the same text again changes nothing.

    A fault of ours does not lose it: it is stored alone and goes to a person. A fault of the database is raised, so
    that the carrier sends it again, and so is `UnknownRecipient` for a text to a number that is no clinic's.
    """
    try:
        heard = _route_or_hand_over(ground, carrier_name, inbound)
    except AlreadyReceived:
        heard = _heard_before(ground, carrier_name, inbound)
    except UnknownRecipient:
        log.error("text_for_no_clinic", carrier=carrier_name, recipient_ends=inbound.recipient[-4:])  # noqa: TRY400
        raise
    ground.wake()
    return heard


def _route_or_hand_over(ground: Ground, carrier_name: str, inbound: InboundMessage) -> Heard:
    try:
        return _hear(ground, carrier_name, inbound, route_text)
    except (DBAPIError, NoConnectionError, AlreadyReceived, UnknownRecipient):
        raise
    except Exception:
        log.exception("turn_failed", carrier=carrier_name)
        return _hear(ground, carrier_name, inbound, _give_to_person)


def _hear(ground: Ground, carrier_name: str, inbound: InboundMessage, route: Callable[[Letter], None]) -> Heard:
    return ground.database.write_together(partial(_take, ground, carrier_name, inbound, route))


def _take(
    ground: Ground, carrier_name: str, inbound: InboundMessage, route: Callable[[Letter], None], session: Session
) -> Heard:
    address = address_of(inbound)
    index = address_index(address)
    clinic, known_id = answer_line(session, carrier_name, inbound, index)
    if known_id is not None:
        return Heard(known_id)
    if clinic is None:
        raise UnknownRecipient
    now = ground.clock.now()
    letter = Letter(
        session=session,
        clinic=clinic,
        message=message_of(carrier_name, inbound, address, index, clinic=clinic, now=now),
        text=inbound.text,
        now=now,
        public_url=ground.public_url,
        carrier_did=inbound.consent_word,
        has_attachments=bool(inbound.attachments),
    )
    route(letter)
    letter.settle()
    if inbound.attachments:
        keep_attachments(session, letter.message, inbound.attachments)
    return Heard(letter.message.id, is_new=True)


def _heard_before(ground: Ground, carrier_name: str, inbound: InboundMessage) -> Heard:
    """The same text came twice at once: the other one was stored, and what this one did is undone."""
    with ground.database.read() as session:
        return Heard(received_before(session, carrier_name, inbound))


def _give_to_person(letter: Letter) -> None:
    conversation = general_conversation(letter)
    cause = f"unexpected:{letter.message.id}"
    hand_over(
        letter.session,
        conversation,
        TicketReason.UNEXPECTED_MESSAGE,
        now=letter.now,
        cause=cause,
        message_id=letter.message.id,
    )

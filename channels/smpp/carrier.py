"""Texts over a carrier's own SMPP link.

SMPP has no web requests, no reference of ours and no list of messages: the carrier's id comes with the answer to a
submit, and an attempt whose answer was lost can only be settled by a person or by policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Final

from channels.address import Address, AddressKind, normalise
from channels.base import (
    Event,
    Finding,
    FindingKind,
    OutboundMessage,
    SendReceipt,
)
from channels.errors import (
    AccountRefused,
    AddressRefused,
    ChannelError,
    ContentRefused,
    ForgedRequest,
    OutcomeUnknown,
    PartlySent,
    UnreadableRequest,
)
from channels.smpp.parts import MOST_PARTS, Part, reference_of, split
from channels.smpp.receipts import same_form
from channels.webhook import WebhookAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from channels.smpp.link import Link
    from channels.webhook import WebhookRequest

TYPES: Final = {AddressKind.PHONE: (1, 1), AddressKind.SHORT_CODE: (3, 0), AddressKind.ALPHANUMERIC: (5, 0)}
RECEIPT_WANTED: Final = 1


@dataclass(frozen=True, slots=True)
class SmppCarrier:
    name: str
    link: Link
    sender: str
    clock: Callable[[], datetime]
    ids_in_decimal: bool

    def verify(self, request: WebhookRequest) -> None:  # noqa: ARG002  nobody can be genuine at a door that is not there
        raise ForgedRequest("This carrier has no web address; it is reached over its own link.")

    def parse(self, request: WebhookRequest, now: datetime) -> Event:  # noqa: ARG002
        raise UnreadableRequest("This carrier has no web address; it is reached over its own link.")

    def acknowledge(self, event: Event) -> WebhookAnswer:  # noqa: ARG002
        return WebhookAnswer()

    def render(self, message: OutboundMessage) -> Mapping[str, str]:
        return {"from": message.sender or self.sender, "to": message.to, "text": message.text}

    def send(self, message: OutboundMessage) -> SendReceipt:
        """Every part in order, each accepted before the next; parts an earlier attempt got through are not repeated.

        A part of unknown fate with others behind it may go again: it has the same reference and number, and a phone
        keeps one of the two. Only the last part's fate is the message's.
        """
        parts = self._parts(message)
        ids: list[str] = []
        for number, part in enumerate(parts[message.parts_done :], start=message.parts_done + 1):
            try:
                ids.append(self._submit(message, part, is_last=number == len(parts)))
            except OutcomeUnknown as error:
                if number < len(parts):
                    raise PartlySent(tuple(ids), error) from error
                error.part_ids = tuple(ids)
                raise
            except ChannelError as error:
                if ids:
                    raise PartlySent(tuple(ids), error) from error
                raise
        return SendReceipt(self.name, ids[-1], "ESME_ROK", len(parts), tuple(ids))

    def find(self, message: OutboundMessage, since: datetime, *, known_ids: Collection[str] = ()) -> Finding:  # noqa: ARG002
        return Finding(FindingKind.CANNOT_TELL)

    def _parts(self, message: OutboundMessage) -> list[Part]:
        if not message.text:
            raise ContentRefused("This message has no text.")
        parts = split(message.text, reference=reference_of(message.to, message.text))
        if len(parts) > MOST_PARTS or message.parts_done >= len(parts):
            raise ContentRefused("This text is too long for the carrier.")
        return parts

    def _submit(self, message: OutboundMessage, part: Part, *, is_last: bool) -> str:
        source, destination = normalise(message.sender or self.sender), normalise(message.to)
        if not isinstance(source, Address):
            raise AccountRefused
        if not isinstance(destination, Address):
            raise AddressRefused
        (source_ton, source_npi), (dest_ton, dest_npi) = TYPES[source.kind], TYPES[destination.kind]
        validity = {"validity_period": _absolute(message.not_after)} if message.not_after else {}
        carrier_id = self.link.submit(
            message.attempt_token if is_last else None,
            source_addr_ton=source_ton,
            source_addr_npi=source_npi,
            source_addr=source.value.lstrip("+"),
            dest_addr_ton=dest_ton,
            dest_addr_npi=dest_npi,
            destination_addr=destination.value.lstrip("+"),
            short_message=part.content,
            data_coding=part.data_coding,
            esm_class=part.esm_class,
            registered_delivery=RECEIPT_WANTED if is_last else 0,
            **validity,
        )
        return same_form(carrier_id, decimal=False)


def _absolute(at: datetime) -> str:
    """Source: SMPP v3.4 7.1.1, absolute time in UTC."""
    return at.astimezone(UTC).strftime("%y%m%d%H%M%S") + "000+"

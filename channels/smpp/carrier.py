"""Texts over a carrier's own SMPP link, and the collector that takes what the carrier brings.

SMPP has no web requests, no reference of ours and no list of messages: the carrier's id comes with the answer to a
submit, and an attempt whose answer was lost can only be settled by a person or by policy.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from channels.address import Address, AddressKind, normalise
from channels.base import (
    DeliveryStatus,
    Event,
    Finding,
    FindingKind,
    Ignored,
    InboundMessage,
    OutboundMessage,
    SendReceipt,
    StatusReceipt,
)
from channels.errors import (
    AddressRefused,
    ChannelError,
    ContentRefused,
    Decision,
    ForgedRequest,
    OutcomeUnknown,
    PartlySent,
    UnreadableRequest,
)
from channels.smpp.errors import RECEIPT_STATES
from channels.smpp.parts import MOST_PARTS, Heard, Part, read, reference_of, split
from channels.smpp.receipts import is_receipt, read_receipt, same_form
from channels.webhook import WebhookAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from channels.smpp.link import Delivery, Link
    from channels.webhook import WebhookRequest

TYPES: Final = {AddressKind.PHONE: (1, 1), AddressKind.SHORT_CODE: (3, 0), AddressKind.ALPHANUMERIC: (5, 0)}
INTERNATIONAL: Final = 1
RECEIPT_WANTED: Final = 1
PATIENCE_S: Final = 5.0  # for the missing parts of a long inbound text
REMEMBERED: Final = 1000
UNDELIVERED: Final = "The phone's network could not deliver the text and gave no reason."


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
        """Every part in order, each accepted before the next; parts an earlier attempt got through are not repeated."""
        parts = self._parts(message)
        ids: list[str] = []
        for number, part in enumerate(parts[message.parts_done :], start=message.parts_done + 1):
            try:
                ids.append(self._submit(message, part, is_last=number == len(parts)))
            except OutcomeUnknown:
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
        if not isinstance(source, Address) or not isinstance(destination, Address):
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


@dataclass
class SmppCollector:
    """Takes texts and receipts from the link; each is answered only after `handle` has committed it."""

    carrier: SmppCarrier
    link: Link
    _parts: dict[tuple[str, str, int], dict[int, _Waiting]] = field(default_factory=dict)
    _unanswered: OrderedDict[bytes, str] = field(default_factory=OrderedDict)

    @property
    def name(self) -> str:
        return self.carrier.name

    def collect(self, handle: Callable[[Event], None], *, wait_s: float = 0.0) -> int:
        """As `Collector.collect`; also hands over the parts of long texts whose rest has not come in time."""
        count = self._hand_over_late_answers(handle) + self._hand_over_late_parts(handle)
        wait = wait_s
        while delivery := self.link.next_delivery(wait):
            count += self._take(delivery, handle)
            wait = 0.0
        return count

    def _take(self, delivery: Delivery, handle: Callable[[Event], None]) -> int:
        pdu = delivery.pdu
        content = bytes(getattr(pdu, "message_payload", None) or pdu.short_message or b"")
        if is_receipt(pdu):
            return self._hand_over(self._receipt(pdu, content), [delivery], handle)
        heard = read(content, data_coding=pdu.data_coding or 0, esm_class=pdu.esm_class or 0)
        if heard.total == 1:
            return self._hand_over(self._text([_Waiting(delivery, heard)]), [delivery], handle)
        key = (_text(pdu.source_addr), _text(pdu.destination_addr), heard.reference)
        waiting = self._parts.setdefault(key, {})
        waiting[heard.number] = _Waiting(delivery, heard)
        return self._hand_over_parts(key, handle) if len(waiting) == heard.total else 0

    def _hand_over_late_answers(self, handle: Callable[[Event], None]) -> int:
        """Answers to submits that came after `send` had given up: they settle those attempts."""
        count = 0
        while late := self.link.next_late_answer():
            refusal = late.refusal
            handle(
                StatusReceipt(
                    carrier=self.name,
                    carrier_id=same_form(late.carrier_id, decimal=False) or None,
                    attempt_token=late.attempt_token,
                    status=DeliveryStatus.UNDELIVERED if refusal else DeliveryStatus.ACCEPTED,
                    carrier_status=refusal.carrier_code or "" if refusal else "ESME_ROK",
                    heard_at=self.carrier.clock(),
                    carrier_code=refusal.carrier_code if refusal else None,
                    decision=refusal.decision if refusal else None,
                    sentence=refusal.sentence if refusal else None,
                )
            )
            count += 1
        return count

    def _hand_over_late_parts(self, handle: Callable[[Event], None]) -> int:
        late_before = time.monotonic() - PATIENCE_S
        late = [key for key, parts in self._parts.items() if min(p.since for p in parts.values()) < late_before]
        return sum(self._hand_over_parts(key, handle) for key in late)

    def _hand_over_parts(self, key: tuple[str, str, int], handle: Callable[[Event], None]) -> int:
        parts = [part for _, part in sorted(self._parts.pop(key).items())]
        return self._hand_over(self._text(parts), [part.delivery for part in parts], handle)

    def _hand_over(self, event: Event, deliveries: list[Delivery], handle: Callable[[Event], None]) -> int:
        try:
            handle(event)
        except BaseException:
            for delivery in deliveries:
                delivery.keep()
            raise
        told = [delivery.taken() for delivery in deliveries]
        if isinstance(event, InboundMessage) and not all(told):
            self._remember(event)
        return 1

    def _text(self, parts: list[_Waiting]) -> InboundMessage:
        pdu = parts[0].delivery.pdu
        text = "".join(part.heard.text for part in parts)
        sender, recipient = _address(pdu, "source"), _address(pdu, "destination")
        stated = _text(getattr(pdu, "receipted_message_id", None))
        carrier_id = stated or self._unanswered.pop(_print(sender, recipient, text), "") or uuid.uuid4().hex
        return InboundMessage(
            self.name, carrier_id, sender, recipient, text, self.carrier.clock(), segments=parts[0].heard.total
        )

    def _remember(self, event: InboundMessage) -> None:
        """The carrier was not told that we have this text: it will bring it again, and that is the same text."""
        self._unanswered[_print(event.sender, event.recipient, event.text)] = event.carrier_id
        if len(self._unanswered) > REMEMBERED:
            self._unanswered.popitem(last=False)

    def _receipt(self, pdu: Any, content: bytes) -> StatusReceipt | Ignored:
        words = read_receipt(pdu, content)
        if words is None:
            return Ignored(self.name, "a receipt that names no message")
        status = RECEIPT_STATES.get(words.state, DeliveryStatus.UNKNOWN)
        failed = status is DeliveryStatus.UNDELIVERED
        return StatusReceipt(
            carrier=self.name,
            carrier_id=same_form(words.carrier_id, decimal=self.carrier.ids_in_decimal),
            attempt_token=None,
            status=status,
            carrier_status=words.state,
            heard_at=self.carrier.clock(),
            carrier_code=words.error,
            decision=Decision.TRY_LATER if failed else None,
            sentence=UNDELIVERED if failed else None,
        )


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A part of a long text, held until the others come."""

    delivery: Delivery
    heard: Heard
    since: float = field(default_factory=time.monotonic)


def _address(pdu: Any, side: str) -> str:
    """E.164 where it is a phone, else what the carrier wrote."""
    written = _text(getattr(pdu, f"{side}_addr"))
    ton = getattr(pdu, "source_addr_ton" if side == "source" else "dest_addr_ton") or 0
    address = normalise(f"+{written}" if ton == INTERNATIONAL and written.isdecimal() else written)
    return address.value if isinstance(address, Address) else written


def _absolute(at: datetime) -> str:
    """Source: SMPP v3.4 7.1.1, absolute time in UTC."""
    return at.astimezone(UTC).strftime("%y%m%d%H%M%S") + "000+"


def _print(*words: str) -> bytes:
    return hashlib.sha256("\n".join(words).encode("utf-8", "surrogatepass")).digest()


def _text(octets: bytes | str | None) -> str:
    return octets.decode("latin-1") if isinstance(octets, bytes) else octets or ""

"""What an SMPP carrier brings: texts put together from their parts, receipts, and answers that came late."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from channels.address import as_brought
from channels.base import DeliveryStatus, Event, Ignored, InboundMessage, StatusReceipt
from channels.errors import Decision
from channels.smpp.errors import RECEIPT_STATES, STATE_SENTENCES
from channels.smpp.parts import Heard, is_binary, read
from channels.smpp.receipts import is_receipt, read_receipt, same_form

if TYPE_CHECKING:
    from collections.abc import Callable

    from channels.smpp.carrier import SmppCarrier
    from channels.smpp.link import Link
    from channels.smpp.session import Delivery, LateAnswer

PartsKey = tuple[str, str, int, int]  # from, to, reference, total
INTERNATIONAL: Final = 1
PATIENCE_S: Final = 5.0  # for the missing parts of a long inbound text
REMEMBERED: Final = 1000


@dataclass
class SmppCollector:
    """Takes texts and receipts from the link; each is answered only after `handle` has committed it."""

    carrier: SmppCarrier
    link: Link
    _parts: dict[PartsKey, dict[int, _Waiting]] = field(default_factory=dict)
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
        if is_binary(pdu.data_coding or 0):
            return self._hand_over(Ignored(self.name, "octets that are no text"), [delivery], handle)
        place = _place(pdu)
        heard = read(content, data_coding=pdu.data_coding or 0, esm_class=pdu.esm_class or 0, place=place)
        if heard.total == 1:
            return self._hand_over(self._text([_Waiting(delivery, heard)]), [delivery], handle)
        return self._take_part(delivery, heard, handle)

    def _take_part(self, delivery: Delivery, heard: Heard, handle: Callable[[Event], None]) -> int:
        """Hold it until the others are here. The same part again stands for the first one; another one in its place
        belongs to another text, and the first text's rest will not come."""
        pdu, count = delivery.pdu, 0
        key = (_text(pdu.source_addr), _text(pdu.destination_addr), heard.reference, heard.total)
        earlier = self._parts.get(key, {}).get(heard.number)
        if earlier and earlier.heard == heard:
            earlier.delivery.taken()
        elif earlier:
            try:
                count = self._hand_over_parts(key, handle)
            except BaseException:
                delivery.keep()
                raise
        waiting = self._parts.setdefault(key, {})
        waiting[heard.number] = _Waiting(delivery, heard)
        return count + (self._hand_over_parts(key, handle) if len(waiting) == heard.total else 0)

    def _hand_over_late_answers(self, handle: Callable[[Event], None]) -> int:
        """Answers to submits that came after `send` had given up: they settle those attempts."""
        count, sending = 0, self.carrier.link
        while late := sending.next_late_answer():
            try:
                handle(self._late_receipt(late))
            except BaseException:
                sending.keep_late_answer(late)
                raise
            count += 1
        return count

    def _late_receipt(self, late: LateAnswer) -> StatusReceipt:
        refusal = late.refusal
        accepted = StatusReceipt(
            carrier=self.name,
            carrier_id=same_form(late.carrier_id, decimal=False) or None,
            attempt_token=late.attempt_token,
            status=DeliveryStatus.UNDELIVERED if refusal else DeliveryStatus.ACCEPTED,
            carrier_status=f"0x{late.pdu.status:08x}",
            heard_at=self.carrier.clock(),
        )
        if refusal is None:
            return accepted
        return replace(
            accepted, carrier_code=refusal.carrier_code, decision=refusal.decision, sentence=refusal.sentence
        )

    def _hand_over_late_parts(self, handle: Callable[[Event], None]) -> int:
        late_before = time.monotonic() - PATIENCE_S
        late = [key for key, parts in self._parts.items() if min(p.since for p in parts.values()) < late_before]
        return sum(self._hand_over_parts(key, handle) for key in late)

    def _hand_over_parts(self, key: PartsKey, handle: Callable[[Event], None]) -> int:
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
            sentence=STATE_SENTENCES.get(words.state),
        )


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A part of a long text, held until the others come."""

    delivery: Delivery
    heard: Heard
    since: float = field(default_factory=time.monotonic)


def _place(pdu: Any) -> tuple[int, int, int]:
    """Reference, number and total of a part, as optional parameters name them; those of a whole text when none do."""
    named = (pdu.sar_msg_ref_num, pdu.sar_segment_seqnum, pdu.sar_total_segments)
    return (0, 1, 1) if None in named else named


def _address(pdu: Any, side: str) -> str:
    ton = getattr(pdu, "source_addr_ton" if side == "source" else "dest_addr_ton") or 0
    return as_brought(_text(getattr(pdu, f"{side}_addr")), is_international=ton == INTERNATIONAL)


def _print(*words: str) -> bytes:
    return hashlib.sha256("\n".join(words).encode("utf-8", "surrogatepass")).digest()


def _text(octets: bytes | str | None) -> str:
    return octets.decode("latin-1") if isinstance(octets, bytes) else octets or ""

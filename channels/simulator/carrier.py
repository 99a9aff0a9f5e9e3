"""The simulator as a carrier of texts: same verbs, same receipts and the same refusals as a real one.

Inbound texts and receipts are form-encoded and signed:

    POST /carriers/simulator/text                id=SMx1 from=%2B13065550155 to=%2B13065550100 text=oui
    POST /carriers/simulator/receipt?attempt=t1  id=SIM1 status=delivered
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from channels.base import (
    DeliveryStatus,
    Event,
    Finding,
    FindingKind,
    InboundMessage,
    OutboundMessage,
    SendReceipt,
    StatusReceipt,
)
from channels.errors import AddressRefused, ContentRefused, Decision, LandlineReached, OptedOut, UnreadableRequest
from channels.simulator.network import PhoneBehaviour, SimulatedText
from channels.simulator.signing import check_signature
from channels.webhook import WebhookAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from datetime import datetime

    from channels.simulator.network import SimulatorNetwork
    from channels.webhook import WebhookRequest

UNREACHABLE_SENTENCE: Final = "This phone is switched off or out of reach."
NOT_IN_USE_SENTENCE: Final = "No phone has this number."
BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class SimulatorCarrier:
    name: str
    network: SimulatorNetwork = field(repr=False)
    clock: Callable[[], datetime]
    sender: str
    secret: str = field(repr=False)

    def verify(self, request: WebhookRequest) -> None:
        check_signature(request, secret=self.secret)

    def parse(self, request: WebhookRequest, now: datetime) -> Event:
        fields = dict(request.form)
        if "status" in fields:
            token = dict(request.query).get("attempt")
            status = _STATUSES.get(fields["status"], DeliveryStatus.UNKNOWN)
            return StatusReceipt(self.name, fields.get("id"), token, status, fields["status"], now)
        if not {"id", "from", "to", "text"} <= fields.keys():
            raise UnreadableRequest("The simulator's request holds no text.")
        return InboundMessage(self.name, fields["id"], fields["from"], fields["to"], fields["text"], now)

    def acknowledge(self, event: Event) -> WebhookAnswer:  # noqa: ARG002  the same for all
        return WebhookAnswer()

    def render(self, message: OutboundMessage) -> Mapping[str, str]:
        if not message.text:
            raise ContentRefused("This message has no text.")
        return {"to": message.to, "from": message.sender or self.sender, "text": message.text}

    def send(self, message: OutboundMessage) -> SendReceipt:
        behaviour = self.network.behaviour_of(message.to)
        if behaviour is PhoneBehaviour.OPTED_OUT:
            raise OptedOut(carrier_code=behaviour)
        if behaviour is PhoneBehaviour.NOT_IN_USE:
            raise AddressRefused(carrier_code=behaviour)
        said = self.render(message)
        carrier_id = f"SIM{secrets.token_hex(12)}"
        self.network.keep_text(
            SimulatedText(carrier_id, message.attempt_token, said["to"], said["from"], said["text"], self.clock())
        )
        return SendReceipt(self.name, carrier_id, "accepted")

    def find(self, message: OutboundMessage, since: datetime, *, known_ids: Collection[str] = ()) -> Finding:
        for text in self.network.texts_to(message.to, since):
            if text.attempt_token == message.attempt_token and text.carrier_id not in known_ids:
                return Finding(FindingKind.FOUND, SendReceipt(self.name, text.carrier_id, "accepted"))
        return Finding(FindingKind.ABSENT)

    def receipts(self) -> Iterator[StatusReceipt]:
        """Receipts nobody has taken yet, one step per text and round."""
        for text in self.network.unreported_texts(BATCH):
            yield self._receipt(text, self.network.behaviour_of(text.to))

    def taken(self, receipt: StatusReceipt) -> None:
        """The receipt is committed."""
        assert receipt.carrier_id is not None
        self.network.report_text(receipt.carrier_id, receipt.status)

    def _receipt(self, text: SimulatedText, behaviour: PhoneBehaviour) -> StatusReceipt:
        status = _next_status(text.status, behaviour)
        decision, sentence = _why(behaviour) if status is DeliveryStatus.UNDELIVERED else (None, None)
        return StatusReceipt(
            carrier=self.name,
            carrier_id=text.carrier_id,
            attempt_token=text.attempt_token,
            status=status,
            carrier_status=status.value,
            heard_at=self.clock(),
            carrier_code=behaviour.value if decision else None,
            decision=decision,
            sentence=sentence,
        )


def explain(code: str) -> str | None:
    """The sentence for a clerk, of a phone's behaviour kept as a code."""
    return _SENTENCES.get(code)


_SENTENCES: Final[Mapping[str, str]] = {
    PhoneBehaviour.SWITCHED_OFF: UNREACHABLE_SENTENCE,
    PhoneBehaviour.LANDLINE: LandlineReached.default_sentence,
    PhoneBehaviour.OPTED_OUT: OptedOut.default_sentence,
    PhoneBehaviour.NOT_IN_USE: NOT_IN_USE_SENTENCE,
}
_STATUSES: Final = {status.value: status for status in DeliveryStatus}
_UNDELIVERED: Final = (PhoneBehaviour.SWITCHED_OFF, PhoneBehaviour.LANDLINE)


def _next_status(status: DeliveryStatus, behaviour: PhoneBehaviour) -> DeliveryStatus:
    if status is DeliveryStatus.UNKNOWN:
        return DeliveryStatus.ACCEPTED
    if status is DeliveryStatus.ACCEPTED:
        return DeliveryStatus.SENT
    return DeliveryStatus.UNDELIVERED if behaviour in _UNDELIVERED else DeliveryStatus.DELIVERED


def _why(behaviour: PhoneBehaviour) -> tuple[Decision, str]:
    if behaviour is PhoneBehaviour.LANDLINE:
        return Decision.LANDLINE_CALL, LandlineReached.default_sentence
    return Decision.TRY_LATER, UNREACHABLE_SENTENCE

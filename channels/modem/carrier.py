"""Texts through a GSM modem of the clinic's own: smstools sends files from a folder and writes what it hears there.

A message is a file, so nothing is lost while either side is down, and an attempt is found by its file's name.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
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
    AddressRefused,
    CarrierUnreachable,
    ContentRefused,
    ForgedRequest,
    UnreadableRequest,
)
from channels.modem.files import write_file
from channels.modem.spool import Spool
from channels.sms.segments import measure
from channels.webhook import WebhookAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from channels.webhook import WebhookRequest

NOT_AFTER: Final = "X-Farline-Not-After"


@dataclass(frozen=True, slots=True)
class ModemCarrier:
    name: str
    spool: Spool
    number: str
    clock: Callable[[], datetime]

    def verify(self, request: WebhookRequest) -> None:  # noqa: ARG002  nobody can be genuine at a door that is not there
        raise ForgedRequest("This carrier has no web address; it is reached through a folder.")

    def parse(self, request: WebhookRequest, now: datetime) -> Event:  # noqa: ARG002
        raise UnreadableRequest("This carrier has no web address; it is reached through a folder.")

    def acknowledge(self, event: Event) -> WebhookAnswer:  # noqa: ARG002
        return WebhookAnswer()

    def render(self, message: OutboundMessage) -> Mapping[str, str]:
        """The file's headers. A short number is marked with an s."""
        address = normalise(message.to)
        if not isinstance(address, Address) or address.kind is AddressKind.ALPHANUMERIC:
            raise AddressRefused
        if not message.text:
            raise ContentRefused("This message has no text.")
        to = address.value.removeprefix("+") if address.kind is AddressKind.PHONE else f"s{address.value}"
        headers = {"To": to, "Report": "yes", "Autosplit": "3"}
        if message.not_after:
            minutes = math.ceil((message.not_after - self.clock()) / timedelta(minutes=1))
            headers |= {NOT_AFTER: message.not_after.isoformat(), "Validity": f"{max(5, minutes)} min"}
        return headers

    def send(self, message: OutboundMessage) -> SendReceipt:
        """Hand the file over. The same attempt again is the same file, so it cannot be sent twice."""
        content = write_file(self.render(message), message.text)
        try:
            if not self.spool.holds(message.attempt_token):
                self.spool.put(message.attempt_token, content)
        except OSError as error:
            raise CarrierUnreachable("The modem's folder cannot be written to.") from error
        return self._receipt(message)

    def find(self, message: OutboundMessage, since: datetime, *, known_ids: Collection[str] = ()) -> Finding:  # noqa: ARG002
        if self.spool.holds(message.attempt_token):
            return Finding(FindingKind.FOUND, self._receipt(message))
        return Finding(FindingKind.ABSENT)

    def _receipt(self, message: OutboundMessage) -> SendReceipt:
        return SendReceipt(self.name, message.attempt_token, "queued", measure(message.text).segments)

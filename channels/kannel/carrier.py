"""Texts through a Kannel gateway of the clinic's own: an SMPP link, a modem, or several.

Kannel keeps no answers to questions: it gives no message id and lists nothing, so our attempt token is the id on both
sides and receipts settle what is uncertain. It acknowledges inbound texts before we do; see docs/carriers.md.

An inbound text, as Kannel posts it (post-url, send-sender, mo-recode; values invented):

    POST /carriers/kannel/text?id=c0d36181-dbad-49af-934d-96bee343d869      Authorization: Basic ...
    X-Kannel-From: +13065550155  X-Kannel-To: 80080  X-Kannel-SMSC: link  Content-Type: text/plain; charset="UTF-8"

    oui

A receipt: GET /carriers/kannel/receipt?attempt=<our token>&type=2&fid=<carrier's id>&reply=NACK%2F0x0000000b
"""

from __future__ import annotations

import base64
import hmac
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from channels.address import Address, as_brought, normalise
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
from channels.errors import (
    AccountRefused,
    AddressRefused,
    ChannelError,
    ContentRefused,
    Decision,
    ForgedRequest,
    OutcomeUnknown,
    TryLater,
    UnreadableRequest,
)
from channels.http import explain_status
from channels.smpp.errors import decision_on as decision_on_submit
from channels.smpp.errors import explain_submit, submit_error
from channels.sms.segments import Encoding, measure
from channels.webhook import WebhookAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    import requests

    from channels.http import HttpSender
    from channels.webhook import CarrierUrls, WebhookRequest

# What a receipt's %d says. Their order is not fixed: "delivered" has come before "accepted by the carrier".
STATUSES: Final = {
    "1": DeliveryStatus.DELIVERED,
    "2": DeliveryStatus.UNDELIVERED,
    "4": DeliveryStatus.SENT,  # waiting at the carrier
    "8": DeliveryStatus.SENT,  # taken by the carrier
    "16": DeliveryStatus.UNDELIVERED,  # refused by the carrier
    "32": DeliveryStatus.SENT,  # intermediate
}
ALL_RECEIPTS: Final = "31"
RECEIPT_FIELDS: Final = "&type=%d&fid=%F&reply=%A"
CODINGS: Final = {Encoding.GSM_7: "0", Encoding.UCS_2: "2"}
NACK: Final = re.compile(r"NACK/(0x[0-9a-fA-F]{8}|\d+)")
USER: Final = "kannel"
UNDELIVERED_SENTENCE: Final = "The phone's network could not deliver the text and gave no reason."
ACCOUNT_CODES: Final = frozenset({"400", "401", "403", "404"})
REFUSED_SENTENCE: Final = "The gateway did not accept our name, password or sender."


@dataclass(frozen=True, slots=True)
class KannelCarrier:
    name: str
    send_url: str
    username: str
    password: str = field(repr=False)
    secret: str = field(repr=False)
    sender: str
    smsc: str | None
    max_parts: int
    urls: CarrierUrls
    http: HttpSender
    clock: Callable[[], datetime]

    def verify(self, request: WebhookRequest) -> None:
        """Kannel signs nothing: the secret it was given rides in the Authorization header of every request."""
        expected = "Basic " + base64.b64encode(f"{USER}:{self.secret}".encode()).decode()
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), expected.encode()):
            raise ForgedRequest

    def parse(self, request: WebhookRequest, now: datetime) -> Event:
        query, headers = dict(request.query), request.headers
        if "type" in query:
            return self._receipt(query, now)
        if not query.get("id") or not headers.get("x-kannel-from"):
            raise UnreadableRequest("The gateway's request holds neither a text nor a receipt.")
        return InboundMessage(
            carrier=self.name,
            carrier_id=query["id"],
            sender=as_brought(headers["x-kannel-from"]),
            recipient=as_brought(headers.get("x-kannel-to", "")),
            text=request.body.decode("utf-8", "replace"),
            received_at=now,
        )

    def acknowledge(self, event: Event) -> WebhookAnswer:  # noqa: ARG002  words in the answer would be sent as a text
        return WebhookAnswer()

    def render(self, message: OutboundMessage) -> Mapping[str, str]:
        """The request's headers; the words travel in its body. The coding is ours: Kannel turns ê into ? on its own.

        It also drops what goes beyond its `max-messages`, without a word.
        """
        if not message.text:
            raise ContentRefused("This message has no text.")
        if measure(message.text).segments > self.max_parts:
            raise ContentRefused("This text is too long for the carrier.")
        to = normalise(message.to)
        if not isinstance(to, Address):
            raise AddressRefused
        said = {
            "From": message.sender or self.sender,
            "To": to.value,
            "Coding": CODINGS[measure(message.text).encoding],
            "DLR-Mask": ALL_RECEIPTS,
            "DLR-URL": self._receipt_url(message.attempt_token),
        }
        if self.smsc:
            said["SMSC"] = self.smsc
        if message.not_after:
            left_s = (message.not_after - self.clock()).total_seconds()
            said["Validity"] = str(max(1, math.ceil(left_s / 60)))
        return {f"X-Kannel-{name}": value for name, value in said.items()}

    def send(self, message: OutboundMessage) -> SendReceipt:
        secrets = {"X-Kannel-Username": self.username, "X-Kannel-Password": self.password}
        headers = {"Content-Type": "text/plain; charset=UTF-8", **self.render(message), **secrets}
        answer = self.http.request("POST", self.send_url, headers=headers, data=message.text.encode())
        if answer.status_code != 202:
            raise _error(answer)
        segments = measure(message.text).segments
        return SendReceipt(self.name, message.attempt_token, answer.text.partition(":")[0], segments)

    def find(self, message: OutboundMessage, since: datetime, *, known_ids: Collection[str] = ()) -> Finding:  # noqa: ARG002
        """Kannel lists nothing. A receipt, which it sends for every message it took, settles the attempt."""
        return Finding(FindingKind.CANNOT_TELL)

    def _receipt_url(self, token: str) -> str:
        scheme, _, rest = self.urls.receipt(token).partition("://")
        return f"{scheme}://{USER}:{self.secret}@{rest}{RECEIPT_FIELDS}"

    def _receipt(self, query: Mapping[str, str], now: datetime) -> StatusReceipt:
        token = query.get("attempt")
        if not token:
            raise UnreadableRequest("The gateway's receipt names no message.")
        status = STATUSES.get(query["type"], DeliveryStatus.UNKNOWN)
        code, decision, sentence = _why(query.get("reply", "")) if status is DeliveryStatus.UNDELIVERED else (None,) * 3
        return StatusReceipt(
            carrier=self.name,
            carrier_id=token,
            attempt_token=token,
            status=status,
            carrier_status=query["type"],
            heard_at=now,
            carrier_code=code,
            decision=decision,
            sentence=sentence,
        )


def explain(code: str) -> str | None:
    """The sentence for a clerk, of a code as `_why` and `_error` keep it: the link's own, or the gateway's answer."""
    return REFUSED_SENTENCE if code in ACCOUNT_CODES else explain_submit(code) or explain_status(code)


def decision_on(code: str) -> Decision | None:
    """What such a code asks of us."""
    return Decision.FIX_ACCOUNT if code in ACCOUNT_CODES else decision_on_submit(code)


def _why(reply: str) -> tuple[str | None, Decision, str]:
    """Code, decision and words behind a failure; SMPP links name their command status in the reply."""
    found = NACK.match(reply)
    if not found:
        return None, Decision.TRY_LATER, UNDELIVERED_SENTENCE
    error = submit_error(int(found.group(1), 0))
    return error.carrier_code, error.decision, error.sentence


def _error(answer: requests.Response) -> ChannelError:
    """Kannel's answers as in its user guide, "SMS Push reply codes"; only a 202 means that it has the message.

    One status stands for several refusals, told apart by their words: it is kept as a code only where it speaks of us.
    """
    words, code = answer.text.lower(), str(answer.status_code)
    if answer.status_code == 503:
        return TryLater(carrier_code=code)
    if answer.status_code >= 500:
        return OutcomeUnknown(carrier_code=code)
    if "not routable" in words:
        return AccountRefused("The gateway has no route for this text. Its settings need a look.", carrier_code=code)
    if "receiver" in words:
        return AddressRefused()
    if answer.status_code == 400 and "sender" not in words:
        return ContentRefused()
    return AccountRefused(REFUSED_SENTENCE, carrier_code=code)

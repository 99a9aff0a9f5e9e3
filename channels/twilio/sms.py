"""Texts over Twilio's Programmable Messaging.

An inbound text, as posted to /carriers/<name>/text (values invented, new fields appear without notice):

    MessageSid=SM00000000000000000000000000000001 SmsSid=SM... AccountSid=AC... MessagingServiceSid=MG...
    From=+13065550155 To=+13435550100 Body=oui NumMedia=0 NumSegments=1 SmsStatus=received OptOutType=STOP
    NumMedia=1 MediaUrl0=https://api.twilio.com/.../Media/ME00000000000000000000000000000001
    MediaContentType0=image/jpeg

A receipt, as posted to /carriers/<name>/receipt?attempt=<our token>:

    MessageSid=SM... SmsSid=SM... AccountSid=AC... From=+13435550100 To=+13065550155
    MessageStatus=undelivered SmsStatus=undelivered ErrorCode=30003 RawDlrDoneDate=2611230415
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from twilio.base.exceptions import TwilioException

from channels.base import (
    Attachment,
    DeliveryStatus,
    Event,
    Finding,
    FindingKind,
    InboundMessage,
    OutboundMessage,
    SendReceipt,
    StatusReceipt,
)
from channels.errors import ContentRefused, UnreadableRequest
from channels.sms.segments import fold
from channels.twilio.errors import STATUSES, meaning
from channels.twilio.keywords import answered_word
from channels.webhook import WebhookAnswer

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from channels.twilio.account import Account
    from channels.webhook import WebhookRequest

MOST_CHARACTERS: Final = 1600  # error 21617 above
LONGEST_VALIDITY_S: Final = 36_000
CLOCK_SLACK: Final = timedelta(minutes=5)  # between our clock and Twilio's, when looking for an attempt
LOOK_BACK: Final = 200  # newest messages to one number that are looked through
MOST_MEDIA: Final = 10
MEDIA_ID: Final = re.compile(r"/Media/(ME[0-9a-fA-F]{32})(?:$|[/?.])")
TRIAL_LINE: Final = "Sent from your Twilio trial account - "
EMPTY_TWIML: Final = WebhookAnswer('<?xml version="1.0" encoding="UTF-8"?><Response/>', "text/xml; charset=utf-8")


@dataclass(frozen=True, slots=True)
class TwilioSms:
    account: Account

    @property
    def name(self) -> str:
        return self.account.name

    def verify(self, request: WebhookRequest) -> None:
        self.account.verify(request)

    def parse(self, request: WebhookRequest, now: datetime) -> Event:
        fields = dict(request.form)
        has_words = "Body" in fields
        status = fields.get("MessageStatus") or ("" if has_words else fields.get("SmsStatus", ""))
        if status and not (status == "received" and has_words):
            return self._receipt(fields, status, dict(request.query).get("attempt"), now)
        if not {"MessageSid", "From", "To", "Body"} <= fields.keys():
            raise UnreadableRequest("The carrier's request holds neither a text nor a receipt.")
        return self._text(fields, now)

    def acknowledge(self, event: Event) -> WebhookAnswer:  # noqa: ARG002  an answer by TwiML would escape the outbox
        return EMPTY_TWIML

    def render(self, message: OutboundMessage) -> Mapping[str, str]:
        """The parameters of the create call. `SmartEncoded` is off: it would change letters we chose on purpose."""
        if not message.text or len(message.text) > MOST_CHARACTERS:
            raise ContentRefused("This text is empty or too long for the carrier.")
        fields = {
            "To": message.to,
            "Body": message.text,
            "StatusCallback": self.account.urls.receipt(message.attempt_token),
            "SmartEncoded": "false",
            **self._sender(message),
        }
        if message.not_after:
            left_s = int((message.not_after - self.account.clock()).total_seconds())
            fields["ValidityPeriod"] = str(min(max(left_s, 1), LONGEST_VALIDITY_S))
        return fields

    def send(self, message: OutboundMessage) -> SendReceipt:
        said = self.render(message)
        created = self.account.client.messages.create(
            to=said["To"],
            body=said["Body"],
            status_callback=said["StatusCallback"],
            smart_encoded=False,
            **_given(from_=said.get("From"), messaging_service_sid=said.get("MessagingServiceSid")),
            **_given(validity_period=said.get("ValidityPeriod")),
        )
        return self._sent(created)

    def find(self, message: OutboundMessage, since: datetime, *, known_ids: Collection[str] = ()) -> Finding:
        """Look through the newest messages to that number for our words, begun after `since`.

        Twilio keeps no reference of ours, so words, number and time decide. An unreadable answer tells nothing.
        """
        try:
            listed = self.account.client.messages.list(to=message.to, limit=LOOK_BACK)
        except (TwilioException, ValueError):
            return Finding(FindingKind.CANNOT_TELL)
        others = [row for row in listed if row.sid not in known_ids and _may_be_ours(row, since - CLOCK_SLACK)]
        ours = [row for row in others if _says(row, message)]
        if not ours:
            is_sure = len(listed) < LOOK_BACK and all(row.body for row in others)  # an account may keep no words
            return Finding(FindingKind.ABSENT if is_sure else FindingKind.CANNOT_TELL)
        return Finding(FindingKind.FOUND, self._sent(min(ours, key=lambda row: row.date_created or since)))

    def _sender(self, message: OutboundMessage) -> dict[str, str]:
        """A service keeps opt-outs for all its numbers; the clinic's own number among them is named beside it."""
        if self.account.messaging_service:
            service = {"MessagingServiceSid": self.account.messaging_service}
            return {"From": message.sender, **service} if message.sender else service
        return {"From": message.sender or self.account.sender or ""}

    def _sent(self, created: Any) -> SendReceipt:
        segments = str(created.num_segments or "")
        return SendReceipt(self.name, created.sid, str(created.status), int(segments) if segments.isdecimal() else None)

    def _receipt(self, fields: Mapping[str, str], status: str, token: str | None, now: datetime) -> StatusReceipt:
        code = fields.get("ErrorCode") or None
        known = meaning(code)
        carrier_id = fields.get("MessageSid") or fields.get("SmsSid")
        if not carrier_id:
            raise UnreadableRequest("The carrier's receipt names no message.")
        return StatusReceipt(
            carrier=self.name,
            carrier_id=carrier_id,
            attempt_token=token,
            status=STATUSES.get(status, DeliveryStatus.UNKNOWN),
            carrier_status=status,
            heard_at=now,
            carrier_code=code,
            decision=known.error.decision if known else None,
            sentence=(known.sentence or known.error.default_sentence) if known else None,
        )

    def _text(self, fields: Mapping[str, str], now: datetime) -> InboundMessage:
        segments = fields.get("NumSegments", "")
        return InboundMessage(
            carrier=self.name,
            carrier_id=fields["MessageSid"],
            sender=fields["From"],
            recipient=fields["To"],
            text=fields["Body"],
            received_at=now,
            attachments=tuple(_attachments(fields)),
            segments=int(segments) if segments.isdecimal() else None,
            consent_word=self._answered_word(fields),
        )

    def _answered_word(self, fields: Mapping[str, str]) -> str | None:
        """The keyword Twilio has acted upon and answered by itself, if any."""
        stated = fields.get("OptOutType", "").lower()
        if stated in ("stop", "start", "help"):
            return stated
        word = answered_word(fields["Body"]) if self.account.answers_keywords else None
        return word.value if word else None


def _attachments(fields: Mapping[str, str]) -> list[Attachment]:
    stated = fields.get("NumMedia", "0")
    count = min(int(stated), MOST_MEDIA) if stated.isdecimal() else 0
    return [
        Attachment(found.group(1), fields.get(f"MediaContentType{number}", ""))
        for number in range(count)
        if (found := MEDIA_ID.search(fields.get(f"MediaUrl{number}", "")))
    ]


def _may_be_ours(row: Any, since: datetime) -> bool:
    """Outbound, and not older than the attempt."""
    return str(row.direction).startswith("outbound") and (row.date_created is None or row.date_created >= since)


def _says(row: Any, message: OutboundMessage) -> bool:
    """Same words, a trial account's line before them aside."""
    body = str(row.body or "").removeprefix(TRIAL_LINE)
    return bool(fold(body).strip() == fold(message.text).strip())


def _given(**parameters: Any) -> dict[str, Any]:
    """Only what has a value: the SDK sends None as the word."""
    return {name: value for name, value in parameters.items() if value}

"""Calls over Twilio's Programmable Voice: prompts as TwiML, keys back with the turn's number in the url.

A phone on the line, as posted to /carriers/<name>/call?call=<our token> (values invented):

    CallSid=CA00000000000000000000000000000001 AccountSid=AC... From=+13435550100 To=+13065550155
    CallStatus=in-progress Direction=outbound-api AnsweredBy=human

Keys, as posted to /carriers/<name>/keys?call=<our token>&turn=3 (no Digits: the time ran out):

    CallSid=CA... AccountSid=AC... CallStatus=in-progress Digits=1 FinishedOnKey=#

Recorded words, as posted to /carriers/<name>/recording?call=<our token>&turn=4:

    CallSid=CA... AccountSid=AC... RecordingSid=RE00000000000000000000000000000001 RecordingDuration=6 Digits=#

Progress, as posted to /carriers/<name>/call-receipt?call=<our token>:

    CallSid=CA... AccountSid=AC... CallStatus=no-answer CallDuration=0 SequenceNumber=3
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from twilio.base.exceptions import TwilioException

from channels.base import (
    AnsweredBy,
    CallOutcome,
    CallReceipt,
    CallTurn,
    Event,
    Finding,
    FindingKind,
    InboundCall,
    Keypress,
    OutboundCall,
    Recording,
    SendReceipt,
)
from channels.errors import Decision, UnreadableRequest
from channels.twilio.errors import CALL_STATUSES, meaning
from channels.twilio.sms import CLOCK_SLACK, EMPTY_TWIML, LOOK_BACK
from channels.twilio.twiml import Voices, document
from channels.webhook import WebhookAnswer

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from channels.twilio.account import Account
    from channels.webhook import WebhookRequest
    from forms.render.voice import VoicePrompt

PROGRESS: Final = ["initiated", "ringing", "answered", "completed"]
DECISIONS: Final = {
    CallOutcome.BUSY: Decision.TRY_LATER,
    CallOutcome.NO_ANSWER: Decision.TRY_LATER,
    CallOutcome.CANCELLED: Decision.TRY_LATER,
    CallOutcome.FAILED: Decision.STOP_CALLS,
}
SENTENCES: Final = {
    CallOutcome.BUSY: "The line was busy, or the call was declined.",
    CallOutcome.NO_ANSWER: "Nobody answered the call.",
    CallOutcome.CANCELLED: "The call was cancelled before it was answered.",
    CallOutcome.FAILED: "The carrier could not connect the call.",
}


@dataclass(frozen=True, slots=True)
class TwilioVoice:
    account: Account

    @property
    def name(self) -> str:
        return self.account.name

    def verify(self, request: WebhookRequest) -> None:
        self.account.verify(request)

    def parse(self, request: WebhookRequest, now: datetime) -> Event:
        """The url's last word says which of the four requests this is: their fields overlap."""
        heard = _Heard(self.name, dict(request.form), dict(request.query), now)
        if "CallSid" not in heard.fields:
            raise UnreadableRequest("The carrier's request names no call.")
        match urlsplit(request.url).path.rpartition("/")[2]:
            case "call-receipt":
                return heard.receipt()
            case "recording":
                return heard.recording()
            case "keys":
                return heard.keypress()
            case _:
                return heard.call()

    def acknowledge(self, event: Event) -> WebhookAnswer:  # noqa: ARG002  receipts want no document
        return EMPTY_TWIML

    def render(self, prompt: VoicePrompt, turn: CallTurn) -> WebhookAnswer:
        voices = Voices(self.account.voices)
        return WebhookAnswer(document(prompt, turn, self.account.urls, voices), "text/xml; charset=utf-8")

    def send(self, call: OutboundCall) -> SendReceipt:
        urls = self.account.urls
        detection = {"machine_detection": "Enable"} if self.account.machine_detection else {}
        created = self.account.client.calls.create(
            to=call.to,
            from_=call.sender or self.account.voice_sender,
            url=urls.call(call.attempt_token),
            method="POST",
            status_callback=urls.call_receipt(call.attempt_token),
            status_callback_event=PROGRESS,
            status_callback_method="POST",
            timeout=call.ring_s,
            **detection,
        )
        return self._placed(created)

    def find(self, call: OutboundCall, since: datetime, *, known_ids: Collection[str] = ()) -> Finding:
        """Look through the newest calls to that number, placed after `since`; two calls at once are never ours."""
        try:
            listed = self.account.client.calls.list(to=call.to, limit=LOOK_BACK)
        except (TwilioException, ValueError):
            return Finding(FindingKind.CANNOT_TELL)
        ours = [row for row in listed if row.sid not in known_ids and _is_ours(row, since - CLOCK_SLACK)]
        if not ours:
            return Finding(FindingKind.ABSENT if len(listed) < LOOK_BACK else FindingKind.CANNOT_TELL)
        return Finding(FindingKind.FOUND, self._placed(min(ours, key=lambda row: row.date_created)))

    def _placed(self, created: Any) -> SendReceipt:
        return SendReceipt(self.name, created.sid, str(created.status))


def _is_ours(row: Any, since: datetime) -> bool:
    return str(row.direction) == "outbound-api" and bool(row.date_created >= since)


@dataclass(frozen=True, slots=True)
class _Heard:
    """One verified request, read into an event."""

    name: str
    fields: Mapping[str, str]
    query: Mapping[str, str]
    now: datetime

    def call(self) -> InboundCall:
        fields = self.fields
        if not {"From", "To"} <= fields.keys():
            raise UnreadableRequest("The carrier's request holds no call.")
        return InboundCall(
            carrier=self.name,
            carrier_id=fields["CallSid"],
            caller=fields["From"],
            called=fields["To"],
            received_at=self.now,
            call_token=self.query.get("call"),
            answered_by=self._answered_by(),
        )

    def keypress(self) -> Keypress:
        """Keys of one turn. The finishing key alone is a key; nothing at all is silence."""
        keys = self.fields.get("Digits", "") or self.fields.get("FinishedOnKey", "")
        return Keypress(self.name, self.fields["CallSid"], self.query.get("call"), self._turn(), keys, self.now)

    def recording(self) -> Recording | Keypress:
        """Recorded words; silence when nothing was recorded."""
        if "RecordingSid" not in self.fields:
            return Keypress(self.name, self.fields["CallSid"], self.query.get("call"), self._turn(), "", self.now)
        return Recording(
            carrier=self.name,
            carrier_id=self.fields["RecordingSid"],
            call_id=self.fields["CallSid"],
            call_token=self.query.get("call"),
            turn=self._turn(),
            seconds=_number(self.fields.get("RecordingDuration")) or 0,
            received_at=self.now,
        )

    def receipt(self) -> CallReceipt:
        status, code = self.fields.get("CallStatus", ""), self.fields.get("ErrorCode") or None
        outcome = CALL_STATUSES.get(status, CallOutcome.UNKNOWN)
        decision, sentence = DECISIONS.get(outcome), SENTENCES.get(outcome)
        if known := meaning(code):
            decision, sentence = known.error.decision, known.sentence or known.error.default_sentence
        return CallReceipt(
            carrier=self.name,
            carrier_id=self.fields["CallSid"],
            call_token=self.query.get("call"),
            outcome=outcome,
            carrier_status=status,
            heard_at=self.now,
            seconds=_number(self.fields.get("CallDuration")),
            answered_by=self._answered_by(),
            carrier_code=code,
            decision=decision,
            sentence=sentence,
        )

    def _turn(self) -> int:
        turn = _number(self.query.get("turn"))
        if turn is None:
            raise UnreadableRequest("The carrier's request names no turn.")
        return turn

    def _answered_by(self) -> AnsweredBy | None:
        stated = self.fields.get("AnsweredBy")
        if stated is None:
            return None
        if stated.startswith(("machine", "fax")):
            return AnsweredBy.MACHINE
        return AnsweredBy.HUMAN if stated == "human" else AnsweredBy.UNSURE


def _number(stated: str | None) -> int | None:
    return int(stated) if stated and stated.isascii() and stated.isdecimal() else None

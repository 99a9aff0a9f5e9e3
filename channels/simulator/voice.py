"""The simulator as a carrier of calls: a phone rings on a page, prompts are read there, keys come back signed.

POST /carriers/simulator/call?call=c1            id=SIMC1 from=... to=...      somebody picked up, or dialled us
POST /carriers/simulator/keys?call=c1&turn=3     id=SIMC1 keys=1               keys, or none in time
POST /carriers/simulator/recording?call=c1&turn=4  id=SIMC1 recording=r1 seconds=6
POST /carriers/simulator/call-receipt?call=c1    id=SIMC1 status=completed
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from channels.base import (
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
from channels.errors import AddressRefused, Decision, UnreadableRequest
from channels.simulator.network import PhoneBehaviour, SimulatedCall
from channels.simulator.signing import check_signature
from channels.webhook import WebhookAnswer
from forms.render.voice import Play

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import datetime

    from channels.simulator.network import SimulatorNetwork
    from channels.webhook import CarrierUrls, WebhookRequest
    from forms.render.voice import VoicePrompt

NOBODY_ANSWERED_SENTENCE: Final = "Nobody answered the call."
LINE_BUSY_SENTENCE: Final = "The line was busy, or the call was declined."
BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class SimulatorVoice:
    name: str
    network: SimulatorNetwork = field(repr=False)
    clock: Callable[[], datetime]
    sender: str
    secret: str = field(repr=False)
    urls: CarrierUrls

    def verify(self, request: WebhookRequest) -> None:
        check_signature(request, secret=self.secret)

    def parse(self, request: WebhookRequest, now: datetime) -> Event:
        said = _Said(self.name, dict(request.form), dict(request.query), now)
        if "id" not in said.fields:
            raise UnreadableRequest("The simulator's request names no call.")
        if "status" in said.fields:
            return said.receipt()
        if "recording" in said.fields:
            return said.recording()
        return said.keypress() if "keys" in said.fields else said.call()

    def acknowledge(self, event: Event) -> WebhookAnswer:  # noqa: ARG002  the same for all
        return WebhookAnswer()

    def render(self, prompt: VoicePrompt, turn: CallTurn) -> WebhookAnswer:
        """The prompt as JSON for the page: what to say, which keys, where they go; `hang_up` when none are expected."""
        waits = prompt.keys or prompt.record
        said: dict[str, Any] = {
            "says": [asdict(say) | {"kind": "play" if isinstance(say, Play) else "say"} for say in prompt.says],
            "keys": asdict(prompt.keys) if prompt.keys else None,
            "record": asdict(prompt.record) if prompt.record else None,
            "keys_url": self.urls.keys(turn.call_token, turn.turn) if waits else None,
            "recording_url": self.urls.recording(turn.call_token, turn.turn) if prompt.record else None,
            "hang_up": waits is None,
        }
        return WebhookAnswer(json.dumps(said, ensure_ascii=False), "application/json")

    def send(self, call: OutboundCall) -> SendReceipt:
        if self.network.behaviour_of(call.to) is PhoneBehaviour.NOT_IN_USE:
            raise AddressRefused("No phone has this number.", carrier_code=PhoneBehaviour.NOT_IN_USE)
        carrier_id = f"SIMC{secrets.token_hex(12)}"
        sender = call.sender or self.sender
        placed = SimulatedCall(carrier_id, call.attempt_token, call.to, sender, self.clock(), call.ring_s)
        self.network.keep_call(placed)
        return SendReceipt(self.name, carrier_id, "ringing")

    def find(self, call: OutboundCall, since: datetime, *, known_ids: Collection[str] = ()) -> Finding:
        for placed in self.network.calls_to(call.to, since):
            if placed.call_token == call.attempt_token and placed.carrier_id not in known_ids:
                return Finding(FindingKind.FOUND, SendReceipt(self.name, placed.carrier_id, "ringing"))
        return Finding(FindingKind.ABSENT)

    def receipts(self) -> Iterator[CallReceipt]:
        """What became of calls since it was last told; phones that ring too long stop ringing."""
        for call in self.network.unreported_calls(BATCH):
            outcome = self._outcome(call)
            if outcome is not call.reported:
                yield self._receipt(call, outcome)

    def taken(self, receipt: CallReceipt) -> None:
        """The receipt is committed. A phone picked up meanwhile stays picked up."""
        call = self.network.call(receipt.carrier_id)
        if call and call.outcome is CallOutcome.RINGING:
            self.network.change_call(receipt.carrier_id, receipt.outcome)
        self.network.report_call(receipt.carrier_id, receipt.outcome)

    def _outcome(self, call: SimulatedCall) -> CallOutcome:
        if call.outcome is not CallOutcome.RINGING:
            return call.outcome
        behaviour = self.network.behaviour_of(call.to)
        if behaviour is PhoneBehaviour.BUSY:
            return CallOutcome.BUSY
        rung_out = self.clock() >= call.placed_at + timedelta(seconds=call.ring_s)
        return CallOutcome.NO_ANSWER if rung_out or behaviour in _UNREACHABLE else CallOutcome.RINGING

    def _receipt(self, call: SimulatedCall, outcome: CallOutcome) -> CallReceipt:
        decision, sentence = _WHY.get(outcome, (None, None))
        return CallReceipt(
            carrier=self.name,
            carrier_id=call.carrier_id,
            call_token=call.call_token,
            outcome=outcome,
            carrier_status=outcome.value,
            heard_at=self.clock(),
            decision=decision,
            sentence=sentence,
        )


_UNREACHABLE: Final = (PhoneBehaviour.NO_COVERAGE, PhoneBehaviour.SWITCHED_OFF)
_WHY: Final = {
    CallOutcome.NO_ANSWER: (Decision.TRY_LATER, NOBODY_ANSWERED_SENTENCE),
    CallOutcome.BUSY: (Decision.TRY_LATER, LINE_BUSY_SENTENCE),
}
_OUTCOMES: Final = {outcome.value: outcome for outcome in CallOutcome}


@dataclass(frozen=True, slots=True)
class _Said:
    """One request's fields and query, read into an event."""

    name: str
    fields: dict[str, str]
    query: dict[str, str]
    now: datetime

    def receipt(self) -> CallReceipt:
        status = self.fields["status"]
        outcome = _OUTCOMES.get(status, CallOutcome.UNKNOWN)
        decision, sentence = _WHY.get(outcome, (None, None))
        return CallReceipt(
            carrier=self.name,
            carrier_id=self.fields["id"],
            call_token=self.query.get("call"),
            outcome=outcome,
            carrier_status=status,
            heard_at=self.now,
            decision=decision,
            sentence=sentence,
        )

    def recording(self) -> Recording:
        seconds = self.fields.get("seconds", "")
        return Recording(
            carrier=self.name,
            carrier_id=self.fields["recording"],
            call_id=self.fields["id"],
            call_token=self.query.get("call"),
            turn=self._turn(),
            seconds=int(seconds) if seconds.isdecimal() else 0,
            received_at=self.now,
        )

    def keypress(self) -> Keypress:
        return Keypress(
            self.name, self.fields["id"], self.query.get("call"), self._turn(), self.fields["keys"], self.now
        )

    def call(self) -> InboundCall:
        if not {"from", "to"} <= self.fields.keys():
            raise UnreadableRequest("The simulator's request holds no call.")
        fields = self.fields
        return InboundCall(self.name, fields["id"], fields["from"], fields["to"], self.now, self.query.get("call"))

    def _turn(self) -> int:
        turn = self.query.get("turn", "")
        if not turn.isdecimal():
            raise UnreadableRequest("The simulator's request names no turn.")
        return int(turn)

"""What a person does with a simulated phone, as the signed requests that the simulator's carrier then makes to us.

The page with the phone on it feeds these to the same door as any carrier's webhooks.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from channels.base import CallOutcome
from channels.simulator.signing import signed_request

if TYPE_CHECKING:
    from channels.simulator.network import SimulatorNetwork
    from channels.webhook import CarrierUrls, WebhookRequest

SPOKEN_S = 5


@dataclass(frozen=True, slots=True)
class SimulatedPhone:
    """One phone. Ids of texts and calls come from the page, so that a repeated click is the same text."""

    number: str
    urls: CarrierUrls
    network: SimulatorNetwork = field(repr=False)
    secret: str = field(repr=False)

    def text(self, message_id: str, text: str, *, recipient: str) -> WebhookRequest:
        """Write to the clinic."""
        fields = {"id": message_id, "from": self.number, "to": recipient, "text": text}
        return signed_request(self.urls.text, fields, secret=self.secret)

    def dial(self, call_id: str, *, recipient: str) -> WebhookRequest:
        """Call the clinic; the answer is the first prompt."""
        fields = {"id": call_id, "from": self.number, "to": recipient}
        return signed_request(self.urls.call(), fields, secret=self.secret)

    def pick_up(self, call_id: str) -> WebhookRequest | None:
        """Answer a ringing call; nothing when it no longer rings."""
        call = self.network.call(call_id)
        if call is None or call.outcome is not CallOutcome.RINGING:
            return None
        self.network.change_call(call_id, CallOutcome.ANSWERED)
        fields = {"id": call_id, "from": call.sender, "to": self.number}
        return signed_request(self.urls.call(call.call_token), fields, secret=self.secret)

    def press(self, call_id: str, keys: str, *, keys_url: str) -> WebhookRequest:
        """Press keys, or let the time run out (`keys` empty); `keys_url` is the prompt's."""
        return signed_request(keys_url, {"id": call_id, "keys": keys}, secret=self.secret)

    def speak(self, call_id: str, *, recording_url: str) -> WebhookRequest:
        """Words after the tone, ended with a key; `recording_url` is the prompt's."""
        fields = {"id": call_id, "recording": f"SIMR{secrets.token_hex(12)}", "seconds": str(SPOKEN_S)}
        return signed_request(recording_url, fields, secret=self.secret)

    def hang_up(self, call_id: str, *, call_token: str) -> WebhookRequest:
        """End an answered call, or decline a ringing one."""
        call = self.network.call(call_id)
        outcome = CallOutcome.BUSY if call and call.outcome is CallOutcome.RINGING else CallOutcome.COMPLETED
        if call:
            self.network.change_call(call_id, outcome)
        fields = {"id": call_id, "status": outcome.value}
        return signed_request(self.urls.call_receipt(call_token), fields, secret=self.secret)

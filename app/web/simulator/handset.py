"""A hand on a simulated phone: what it writes, dials, presses; all of it reaches us through the carriers' door."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from app.core.ground import Ground
from app.demo import phones
from app.demo.network import DatabaseNetwork
from app.web.carriers.answering import answer_webhook
from channels.registry import BuiltCarrier
from channels.simulator.carrier import SimulatorCarrier
from channels.simulator.network import PhoneBehaviour
from channels.simulator.phone import SimulatedPhone
from channels.webhook import CarrierUrls, WebhookAnswer, WebhookRequest


@dataclass(frozen=True)
class Handset:
    """One phone in somebody's hand, for one clinic number."""

    ground: Ground
    carrier: BuiltCarrier
    number: str
    clinic_number: str

    def write(self, message_id: str, text: str) -> None:
        """Write to the clinic; without coverage the text waits on the phone. The same id again is the same text."""
        waits = not self._has_coverage()
        now = self.ground.clock.now()
        if phones.keep_written(self.ground.database, self.number, message_id, text, at=now, waits=waits) and not waits:
            self._send(message_id, text)

    def dial(self, call_id: str) -> None:
        """Call the clinic."""
        if self._has_coverage() and phones.keep_dialled(
            self.ground.database, self.number, call_id, at=self.ground.clock.now()
        ):
            self._listen(call_id, self._phone.dial(call_id, recipient=self.clinic_number), door="call")

    def pick_up(self, call_id: str) -> None:
        request = self._phone.pick_up(call_id)
        if request is not None:
            self._listen(call_id, request, door="call")

    def press(self, call_id: str, keys: str) -> None:
        """Press keys, or let the time run out (`keys` empty)."""
        keys_url = phones.screen_of(self.ground.database, call_id).get("keys_url")
        if keys_url:
            self._listen(call_id, self._phone.press(call_id, keys, keys_url=keys_url), door="keys")

    def speak(self, call_id: str) -> None:
        """Say something for a few seconds where words are recorded. Nothing is recorded here but that it was."""
        recording_url = phones.screen_of(self.ground.database, call_id).get("recording_url")
        if recording_url:
            self._listen(call_id, self._phone.speak(call_id, recording_url=recording_url), door="recording")

    def hang_up(self, call_id: str) -> None:
        """End the call, or decline it while it rings."""
        screen = phones.screen_of(self.ground.database, call_id)
        token = _call_token(screen.get("keys_url") or "")
        placed = self._network.call(call_id)
        if not token and placed is not None:
            token = placed.call_token
        self._knock(self._phone.hang_up(call_id, call_token=token), door="call-receipt")
        if placed is None or not placed.call_token:
            phones.end_call(self.ground.database, call_id)

    def behave(self, behaviour: PhoneBehaviour) -> None:
        """Take the coverage away, switch off, or come back: then the texts that waited go out. A call breaks off."""
        call_id = phones.call_in_progress(self.ground.database, self.number)
        if call_id and behaviour in phones.OFF_THE_NETWORK:
            self.hang_up(call_id)
        self._network.set_behaviour(self.number, behaviour)
        if self._has_coverage():
            for message_id, text in phones.take_waiting(self.ground.database, self.number):
                self._send(message_id, text)
        self.ground.wake()

    @property
    def _text_carrier(self) -> SimulatorCarrier:
        assert isinstance(self.carrier.text, SimulatorCarrier)
        return self.carrier.text

    @property
    def _network(self) -> DatabaseNetwork:
        network = self._text_carrier.network
        assert isinstance(network, DatabaseNetwork)
        return network

    @property
    def _phone(self) -> SimulatedPhone:
        urls = CarrierUrls.of(self.ground.public_url, self.carrier.name)
        return SimulatedPhone(self.number, urls, self._network, self._text_carrier.secret)

    def _has_coverage(self) -> bool:
        return self._network.behaviour_of(self.number) not in phones.OFF_THE_NETWORK

    def _send(self, message_id: str, text: str) -> None:
        self._knock(self._phone.text(message_id, text, recipient=self.clinic_number), door="text")

    def _listen(self, call_id: str, request: WebhookRequest, *, door: str) -> None:
        answer = self._knock(request, door=door)
        if answer.status == 200 and answer.body:
            phones.show_prompt(self.ground.database, call_id, json.loads(answer.body))

    def _knock(self, request: WebhookRequest, *, door: str) -> WebhookAnswer:
        return answer_webhook(self.ground, self.carrier, request, door=door)


def _call_token(keys_url: str) -> str:
    return parse_qs(urlsplit(keys_url).query).get("call", [""])[0]

"""Twilio's adapter against the counting stand-in, whose webhooks reach a receiver of ours."""

from __future__ import annotations

import uuid
from pathlib import Path

from channels.base import Carrier, Event
from channels.registry import build_carriers
from channels.webhook import WebhookRequest
from tests.beds.process import free_port
from tests.channels.rigs.rig import PHONE, Arrived, surroundings
from tests.gateway.bed import start_standin
from tests.gateway.receiver import Receiver


class TwilioRig:
    numbers = (("80080", "80080"), ("+13435550100", "+13435550100"))

    def __init__(self, folder: Path) -> None:
        self.receiver = Receiver()
        self.standin = start_standin(folder)
        self.standin.faults(receipts="ok")
        self.built = self._build({**self.standin.settings, "timeout_s": 1})
        self.receiver.carrier = self.built.text

    def arrived(self) -> list[Arrived]:
        return [Arrived(entry["to"], entry["body"]) for entry in self.standin.messages()]

    def events(self) -> list[Event]:
        self.standin.settle()
        heard, self.receiver.events = self.receiver.events, []
        return heard

    def write(self, text: str, *, to: str) -> None:
        sid = f"SM{uuid.uuid4().hex}"
        url = f"{self.receiver.url}/carriers/twilio/text"
        status, _ = self.standin.inbound(url, MessageSid=sid, From=PHONE, To=to, Body=text, NumMedia="0")
        assert status == 200

    def lose_the_next_answer(self) -> bool:
        self.standin.faults(mode="reset_after")
        return True

    def absent(self) -> Carrier:
        return self._build({**self.standin.settings, "base_url": f"http://127.0.0.1:{free_port()}"}).text

    def forged(self) -> WebhookRequest:
        form = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": "AAAA"}
        return WebhookRequest("POST", f"{self.receiver.url}/carriers/twilio/text", form, b"MessageSid=SM1&Body=x")

    def close(self) -> None:
        self.standin.stop()
        self.receiver.shutdown()
        self.receiver.server_close()

    def _build(self, settings):
        return build_carriers({"twilio": settings}, surroundings(self.receiver.url))["twilio"]

"""The real Kannel with its fake SMSC, behind a wire that can lose its answers."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote_to_bytes

from channels.base import Carrier, Event, InboundMessage
from channels.registry import build_carriers
from channels.webhook import WebhookRequest
from tests.beds.parts import do_without
from tests.beds.process import free_port
from tests.channels.rigs.rig import PHONE, Arrived, surroundings
from tests.gateway.kannel import find_kannel, start_kannel
from tests.gateway.receiver import Receiver
from tests.gateway.wire import Wire


class KannelRig:
    numbers = (
        ("80080", "80080"),
        ("+80080", "80080"),
        ("13435550100", "+13435550100"),
        ("+13435550100", "+13435550100"),
    )

    def __init__(self, folder: Path) -> None:
        if not find_kannel():
            do_without("Kannel")
        self.receiver = Receiver()
        self.kannel = start_kannel(folder, self.receiver.url)
        self.kannel.connect_phones()
        self.wire = Wire(self.kannel.ports["send"])
        self.built = self._build(self.wire.port)
        self.receiver.carrier = self.built.text

    def arrived(self) -> list[Arrived]:
        """Long texts come to the fake SMSC in parts; those of this rig are short."""
        return [_read(line) for line in self.kannel.received(0)]

    def events(self) -> list[Event]:
        heard, self.receiver.events = self.receiver.events, []
        return heard

    def write(self, text: str, *, to: str) -> None:
        before = len([event for event in self.receiver.events if isinstance(event, InboundMessage)])
        self.kannel.connect_phones(sender=PHONE, recipient=to, text=text)
        self.receiver.wait_for(before + 1, InboundMessage)

    def lose_the_next_answer(self) -> bool:
        self.wire.mute = True
        return True

    def absent(self) -> Carrier:
        return self._build(free_port()).text

    def forged(self) -> WebhookRequest:
        headers = {"x-kannel-from": PHONE, "x-kannel-to": "80080", "authorization": "Basic eDp5"}
        return WebhookRequest("POST", f"{self.receiver.url}/carriers/kannel/text?id=1", headers, b"x")

    def close(self) -> None:
        self.kannel.stop()
        self.wire.close()
        self.receiver.shutdown()
        self.receiver.server_close()

    def _build(self, port: int):
        settings = {**self.kannel.settings, "send_url": f"http://127.0.0.1:{port}/cgi-bin/sendsms", "timeout_s": 1}
        return build_carriers({"kannel": settings}, surroundings(self.receiver.url))["kannel"]


def _read(line: str) -> Arrived:
    _, to, coding, words = line.split(" ", 3)
    if coding == "text":
        return Arrived(to, words)
    return Arrived(to, unquote_to_bytes(words.replace("+", "%20")).decode("utf-16-be"))

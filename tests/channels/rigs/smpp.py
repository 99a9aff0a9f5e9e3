"""An SMPP link to a carrier of our own (smpp34), over a wire that can lose its answers."""

from __future__ import annotations

from pathlib import Path

from channels.base import Carrier, Event
from channels.registry import build_carriers
from channels.smpp.parts import read
from channels.webhook import WebhookRequest
from tests.beds.process import free_port
from tests.channels.rigs.rig import Arrived, surroundings
from tests.gateway.smsc import TestSmsc
from tests.gateway.wire import Wire


class SmppRig:
    numbers = (("80080", "80080"), ("13435550100", "+13435550100"), ("+13435550100", "+13435550100"))

    def __init__(self, folder: Path) -> None:
        self.smsc = TestSmsc(receipts="DELIVRD")
        self.smsc.start()
        self.wire = Wire(self.smsc.port)
        self.built = self._build(self.wire.port)

    def arrived(self) -> list[Arrived]:
        texts: list[Arrived] = []
        for part in self.smsc.submitted:
            heard = read(part.content, data_coding=part.data_coding, esm_class=part.esm_class)
            if heard.number > 1:
                texts[-1] = Arrived(f"+{part.to}", texts[-1].text + heard.text)
            else:
                texts.append(Arrived(f"+{part.to}", heard.text))
        return texts

    def events(self) -> list[Event]:
        heard: list[Event] = []
        self.built.collector.collect(heard.append, wait_s=0.2)
        return heard

    def write(self, text: str, *, to: str) -> None:
        self.built.collector.collect(lambda _: None)
        self.smsc.write(text.encode("utf-16-be"), data_coding=8, destination_addr=to)

    def lose_the_next_answer(self) -> bool:
        self.wire.mute = True
        return True

    def absent(self) -> Carrier:
        return self._build(free_port()).text

    def forged(self) -> WebhookRequest:
        return WebhookRequest("POST", "https://clinic.example/carriers/smpp/text", {}, b"x")

    def close(self) -> None:
        self.built.text.link.close()
        self.wire.close()
        self.smsc.stop()

    def _build(self, port: int):
        settings = {
            "host": "127.0.0.1",
            "port": port,
            "system_id": "clinic",
            "password": "link-secret",
            "sender": "80080",
        }
        given = {"smpp": {**settings, "timeout_s": 1, "per_second": 500}}
        return build_carriers(given, surroundings())["smpp"]

"""The simulator on an in-memory network."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from channels.base import Event
from channels.registry import build_carriers
from channels.simulator import phone
from channels.simulator.network import InMemoryNetwork
from channels.webhook import WebhookRequest
from tests.channels.rigs.rig import NOW, PHONE, Arrived, surroundings


class SimulatorRig:
    numbers = (("+13435550100", "+13435550100"),)

    def __init__(self, folder: Path) -> None:
        self.network = InMemoryNetwork()
        given = {"simulator": {"secret": "simulator-test-secret"}}
        self.built = build_carriers(given, surroundings(network=self.network))["simulator"]
        self._ids = itertools.count()
        self._written: list[WebhookRequest] = []

    def arrived(self) -> list[Arrived]:
        return [Arrived(text.to, text.text) for text in self.network.texts.values()]

    def events(self) -> list[Event]:
        heard: list[Event] = []
        while self.built.collector.collect(heard.append):
            pass
        for request in self._written:
            self.built.text.verify(request)
            heard.append(self.built.text.parse(request, NOW))
        self._written.clear()
        return heard

    def write(self, text: str, *, to: str) -> None:
        number = f"SM{next(self._ids)}"
        self._written.append(phone(self.built, PHONE).text(number, text, recipient=to))

    def lose_the_next_answer(self) -> bool:
        return False

    def absent(self):
        pytest.skip("the simulator's network is in the same process: it is always there")

    def forged(self) -> WebhookRequest:
        genuine = phone(self.built, PHONE).text("SM1", "x", recipient="+13435550100")
        return WebhookRequest(
            genuine.method, genuine.url, {**genuine.headers, "x-simulator-signature": ""}, genuine.body
        )

    def close(self) -> None:
        """Nothing to close."""

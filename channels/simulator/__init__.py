"""A carrier without a network: phones anyone can play with in the browser, for demos, tests and the terminal."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from channels.errors import CarrierSettingsError
from channels.registry import BuiltCarrier, Surroundings
from channels.simulator.carrier import SimulatorCarrier, explain
from channels.simulator.phone import SimulatedPhone
from channels.simulator.recording import spoken_words
from channels.simulator.voice import SimulatorVoice
from channels.webhook import CarrierUrls

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from channels.base import Event

DEMO_SENDER = "+13435550100"


def build(name: str, settings: Mapping[str, Any], surroundings: Surroundings) -> BuiltCarrier:
    """The simulator on the given network. `sender`: the clinic's number; `secret`: shared by the server's processes."""
    if surroundings.simulator_network is None:
        raise CarrierSettingsError(f"Carrier {name!r} is a simulator; simulators run in demo mode only.")
    if unknown := settings.keys() - {"sender", "secret"}:
        raise CarrierSettingsError(f"Carrier {name!r} has unknown settings: {', '.join(sorted(unknown))}.")
    network, clock = surroundings.simulator_network, surroundings.clock
    sender = str(settings.get("sender", DEMO_SENDER))
    secret = str(settings.get("secret") or secrets.token_hex(32))
    text = SimulatorCarrier(name, network, clock, sender, secret)
    voice = SimulatorVoice(name, network, clock, sender, secret, CarrierUrls.of(surroundings.public_url, name))
    collector = SimulatorCollector(text, voice)
    return BuiltCarrier(name, "simulator", text, voice, collector, explain, fetch_recording=spoken_words)


def phone(built: BuiltCarrier, number: str) -> SimulatedPhone:
    """The phone with this number on the simulator `built`."""
    voice = built.voice
    assert isinstance(voice, SimulatorVoice)
    return SimulatedPhone(number, voice.urls, voice.network, voice.secret)


@dataclass(frozen=True, slots=True)
class SimulatorCollector:
    """Fetches the receipts of texts and calls: the simulator has no line of its own to bring them on."""

    text: SimulatorCarrier
    voice: SimulatorVoice

    @property
    def name(self) -> str:
        return self.text.name

    def collect(self, handle: Callable[[Event], None], *, wait_s: float = 0.0) -> int:
        count = self._round(handle)
        if count or not wait_s:
            return count
        time.sleep(wait_s)
        return self._round(handle)

    def _round(self, handle: Callable[[Event], None]) -> int:
        count = 0
        for receipt in self.text.receipts():
            handle(receipt)
            self.text.taken(receipt)
            count += 1
        for call_receipt in self.voice.receipts():
            handle(call_receipt)
            self.voice.taken(call_receipt)
            count += 1
        return count

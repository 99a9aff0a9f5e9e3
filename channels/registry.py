"""Builds the configured carriers by name. Adding a carrier is one folder and one line in `KINDS`.

Each folder's package has `build(name, settings, surroundings) -> BuiltCarrier`; it is imported only when configured.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from channels.errors import CarrierSettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from channels.base import Carrier, Collector, VoiceCarrier
    from channels.errors import Decision
    from channels.simulator.network import SimulatorNetwork

KINDS: Mapping[str, str] = {
    "simulator": "channels.simulator",
    "twilio": "channels.twilio",
    "kannel": "channels.kannel",
    "smpp": "channels.smpp",
    "modem": "channels.modem",
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the server gives to every carrier: its public address, its clock, the simulator's network if any."""

    public_url: str
    clock: Callable[[], datetime]
    simulator_network: SimulatorNetwork | None = None


def _no_words(_code: str) -> str | None:
    """A carrier without a table of codes says nothing about them."""
    return None


def _no_decision(_code: str) -> Decision | None:
    return None


@dataclass(frozen=True, slots=True)
class BuiltCarrier:
    """One configured carrier: what it carries, whether we must fetch from it, what its codes mean to a clerk."""

    name: str
    kind: str
    text: Carrier | None = None
    voice: VoiceCarrier | None = None
    collector: Collector | None = None
    explain: Callable[[str], str | None] = _no_words
    decision_on: Callable[[str], Decision | None] = _no_decision  # what a code it refused a message with asks of us
    fetch_recording: Callable[[str], bytes] | None = None  # words spoken on the phone, by their id; raises ChannelError
    fetch_attachment: Callable[[str, str], bytes] | None = None  # by the ids of text and file; raises ChannelError


def build_carriers(settings: Mapping[str, Mapping[str, Any]], surroundings: Surroundings) -> dict[str, BuiltCarrier]:
    """Carriers by name from `{name: {"kind": ..., ...}}`; raises `CarrierSettingsError` with one sentence."""
    return {name: _build(name, dict(given), surroundings) for name, given in settings.items()}


def _build(name: str, given: dict[str, Any], surroundings: Surroundings) -> BuiltCarrier:
    kind = given.pop("kind", name)
    if kind not in KINDS:
        raise CarrierSettingsError(f"Carrier {name!r} has kind {kind!r}; known kinds are {', '.join(KINDS)}.")
    built = importlib.import_module(KINDS[kind]).build(name, given, surroundings)
    assert isinstance(built, BuiltCarrier)
    return built

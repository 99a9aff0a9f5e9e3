"""Fetch from carriers that cannot call us (a spool folder, a link, the simulator) what they have heard."""

from __future__ import annotations

from app.conversations.hear_event import hear_event
from app.core.ground import Ground
from channels.registry import BuiltCarrier


def collect(ground: Ground) -> int:
    """Hear everything that waits at each such carrier; how many events. An event leaves its carrier once committed."""
    return sum(_collect(ground, carrier) for carrier in ground.carriers.values())


def _collect(ground: Ground, carrier: BuiltCarrier) -> int:
    if carrier.collector is None:
        return 0
    return carrier.collector.collect(lambda event: _hear(ground, carrier, event))


def _hear(ground: Ground, carrier: BuiltCarrier, event: object) -> None:
    hear_event(ground, carrier, event)  # type: ignore[arg-type]

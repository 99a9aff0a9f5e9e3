"""Fetch from carriers that cannot call us (a spool folder, a link, the simulator) what they have heard."""

from __future__ import annotations

from functools import partial

from app.conversations.hear_event import hear_event
from app.core.ground import Ground
from app.core.log import logger
from channels.base import Event
from channels.errors import ChannelError
from channels.registry import BuiltCarrier


def collect(ground: Ground) -> int:
    """Hear everything that waits at each such carrier; how many events. An event leaves its carrier once committed."""
    return sum(_collect(ground, carrier) for carrier in ground.carriers.values())


def _collect(ground: Ground, carrier: BuiltCarrier) -> int:
    """One that cannot be reached does not keep the others from being heard; it is asked again in the next round."""
    if carrier.collector is None:
        return 0
    try:
        return carrier.collector.collect(partial(_hear, ground, carrier))
    except ChannelError as error:
        logger("jobs").warning("carrier_not_collected", carrier=carrier.name, code=error.code)
        return 0


def _hear(ground: Ground, carrier: BuiltCarrier, event: Event) -> None:
    hear_event(ground, carrier, event)

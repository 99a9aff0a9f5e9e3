"""Which carrier takes a message: the clinic's own order, else whoever carries that channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels.base import Channel
from channels.registry import BuiltCarrier


def choose_carrier(
    carriers: Mapping[str, BuiltCarrier], settings: Mapping[str, Any], channel: str
) -> BuiltCarrier | None:
    """The first carrier there is that carries `channel`; `settings["carriers"][channel]` lists names in order."""
    order = settings.get("carriers", {}).get(channel) or list(carriers)
    for name in order:
        carrier = carriers.get(name)
        if carrier is not None and carries(carrier, channel):
            return carrier
    return None


def carries(carrier: BuiltCarrier, channel: str) -> bool:
    return (carrier.voice if channel == Channel.VOICE else carrier.text) is not None

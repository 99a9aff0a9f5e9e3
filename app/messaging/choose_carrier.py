"""Which carrier takes a message: the clinic's own order, else whoever carries that channel; sick ones are left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.messaging.senders import carrier_of
from channels.base import Channel
from channels.registry import BuiltCarrier


def carriers_for(
    carriers: Mapping[str, BuiltCarrier], settings: Mapping[str, Any], channel: str, *, sender: str | None = None
) -> list[BuiltCarrier]:
    """Those that carry `channel`, in order; `settings["carriers"][channel]` lists the clinic's choice by name. A text
    from one of the clinic's other numbers has the carrier of that number."""
    bound_to = carrier_of(settings, sender)
    order = [bound_to] if bound_to else settings.get("carriers", {}).get(channel) or list(carriers)
    named = (carriers.get(name) for name in order)
    return [carrier for carrier in named if carrier is not None and carries(carrier, channel)]


def first_well(candidates: list[BuiltCarrier], is_sick: Callable[[str], bool]) -> BuiltCarrier | None:
    """The first that is not left alone for its failures; None when all are."""
    return next((carrier for carrier in candidates if not is_sick(carrier.name)), None)


def carries(carrier: BuiltCarrier, channel: str) -> bool:
    return (carrier.voice if channel == Channel.VOICE else carrier.text) is not None

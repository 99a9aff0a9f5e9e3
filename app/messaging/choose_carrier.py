"""Which carrier takes a message: by where it goes, by the clinic's own order, else whoever carries that channel.

Sick ones are left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.messaging.senders import carrier_of
from channels.address import Address, normalise
from channels.base import Channel
from channels.registry import BuiltCarrier


def carriers_for(
    carriers: Mapping[str, BuiltCarrier],
    settings: Mapping[str, Any],
    channel: str,
    *,
    address: str,
    sender: str | None = None,
) -> list[BuiltCarrier]:
    """Those that carry `channel` to `address`, in order. `settings["carriers"][channel]` lists the clinic's choice by
    name, `settings["destinations"]` its choice for some addresses. A text from one of the clinic's other numbers has
    the carrier of that number."""
    bound_to = carrier_of(settings, sender)
    order = [bound_to] if bound_to else _chosen(settings, channel, address) or list(carriers)
    named = (carriers.get(name) for name in order)
    return [carrier for carrier in named if carrier is not None and carries(carrier, channel)]


def _chosen(settings: Mapping[str, Any], channel: str, address: str) -> Sequence[str] | None:
    """`destinations` is `{"+1867": {"sms": [...]}, "US": {"sms": [...]}}`: the longest beginning that fits, then the
    country, then what holds everywhere."""
    destinations = {place: by[channel] for place, by in settings.get("destinations", {}).items() if by.get(channel)}
    fitting = [place for place in destinations if address.startswith(place)]
    if fitting:
        return destinations[max(fitting, key=len)]
    read = normalise(address) if destinations else None
    here = destinations.get(read.country or "") if isinstance(read, Address) else None
    return here or settings.get("carriers", {}).get(channel)


def first_well(candidates: list[BuiltCarrier], is_sick: Callable[[str], bool]) -> BuiltCarrier | None:
    """The first that is not left alone for its failures; None when all are."""
    return next((carrier for carrier in candidates if not is_sick(carrier.name)), None)


def carries(carrier: BuiltCarrier, channel: str) -> bool:
    return (carrier.voice if channel == Channel.VOICE else carrier.text) is not None

"""A clinic's numbers beside its usual one: another carrier's, for texts the first could not deliver.

`settings["other_senders"]` lists them in order: `{"sender": "+1...", "carrier": "kannel"}`. What patients write to one
of them is the clinic's too, and is answered from it. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class OtherSender:
    """A number of the clinic's, and the carrier that carries it."""

    sender: str
    carrier: str
    segments_per_second: float | None = None


def other_senders(settings: Mapping[str, Any]) -> list[OtherSender]:
    """In the clinic's order; entries that name no number or no carrier are left out."""
    listed = settings.get("other_senders") or ()
    return [
        OtherSender(each["sender"], each["carrier"], each.get("segments_per_second"))
        for each in listed
        if each.get("sender") and each.get("carrier")
    ]


def pace_of(settings: Mapping[str, Any], sender: str | None) -> float | None:
    """Segments a second from this number of the clinic's; None: as fast as the carrier takes them."""
    own = next((each.segments_per_second for each in other_senders(settings) if each.sender == sender), None)
    return own or settings.get("segments_per_second")


def paces_any(settings: Mapping[str, Any]) -> bool:
    """Whether any of the clinic's numbers has a pace."""
    return bool(
        settings.get("segments_per_second") or any(each.segments_per_second for each in other_senders(settings))
    )


def carrier_of(settings: Mapping[str, Any], sender: str | None) -> str | None:
    """Whose carrier a text from `sender` must take; None for the clinic's usual number."""
    return next((each.carrier for each in other_senders(settings) if each.sender == sender), None)


def sender_at(settings: Mapping[str, Any], carrier: str, *, usual: str | None) -> str | None:
    """The clinic's number at this carrier: no carrier can send from a number that is another's."""
    return next((each.sender for each in other_senders(settings) if each.carrier == carrier), usual)

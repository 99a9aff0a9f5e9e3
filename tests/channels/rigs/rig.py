"""What the adapter contract asks of a rig. A new carrier writes one and adds its name to the contract's table."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from channels.base import Carrier, Event
from channels.registry import BuiltCarrier, Surroundings
from channels.webhook import WebhookRequest

PHONE = "+13065550155"
NOW = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
Found = TypeVar("Found")


@dataclass(frozen=True)
class Arrived:
    """A whole text on the far side."""

    to: str
    text: str


class Rig(Protocol):
    """The far side of one carrier."""

    numbers: tuple[tuple[str, str], ...]  # that PHONE may write to: as the network writes each, and as we know it

    @property
    def built(self) -> BuiltCarrier: ...

    def arrived(self) -> list[Arrived]:
        """Texts the network has taken, in order."""

    def events(self) -> list[Event]:
        """Everything heard since the last call: through `verify` and `parse`, or through the collector."""

    def write(self, text: str, *, to: str) -> None:
        """PHONE writes to the clinic, at one of `numbers`."""

    def lose_the_next_answer(self) -> bool:
        """The next text is taken and its answer lost; False where that cannot happen."""

    def absent(self) -> Carrier:
        """The same carrier with nobody on its far side."""

    def forged(self) -> WebhookRequest:
        """A text from PHONE that the carrier has not signed."""

    def close(self) -> None: ...


def surroundings(url: str = "https://clinic.example", network=None) -> Surroundings:
    return Surroundings(url, lambda: datetime.now(UTC), network)


def wait_for(look: Callable[[], Found | None], *, timeout_s: float = 30) -> Found:
    """What `look` finds, once it finds something."""
    deadline = time.monotonic() + timeout_s
    while not (found := look()):
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.02)
    return found

"""What a use case stands on. Wiring plugs the real things in once; tests plug in real ones of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.core.breaker import Breaker
from app.core.clock import Clock
from app.core.database import Database

if TYPE_CHECKING:
    from channels.registry import BuiltCarrier


def _nobody_to_wake() -> None:
    """Without a runner to nudge, the poll finds the work within seconds."""


@dataclass(frozen=True)
class Ground:
    """`wake` nudges the runners after a commit: best effort, never blocks, may do nothing."""

    database: Database
    clock: Clock
    carriers: Mapping[str, BuiltCarrier]
    public_url: str
    is_demo: bool = False
    push_services: tuple[str, ...] = ()  # hosts of push services; none: phones are not told anything
    wake: Callable[[], None] = field(default=_nobody_to_wake)
    breaker: Breaker = field(default_factory=Breaker, compare=False)

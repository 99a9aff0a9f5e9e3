"""How the stand-in carrier misbehaves. Set as JSON; a share picks a mode per request from a seeded die."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

MODES = (
    "ok",
    "too_many",  # 429 with Retry-After, nothing kept
    "error",  # 500, nothing kept
    "error_after",  # kept, then 500
    "reset_before",  # connection reset, nothing kept
    "reset_after",  # kept, then connection reset
    "hang_before",  # no answer for hang_s, nothing kept
    "hang_after",  # kept, then no answer for hang_s
)
RECEIPTS = ("none", "ok", "last", "duplicated", "reordered", "early")


@dataclass(frozen=True)
class Faults:
    """`shares` gives modes their share of requests (the rest is `mode`); `refuse`, `undeliver`: codes by number."""

    mode: str = "ok"
    shares: dict[str, float] = field(default_factory=dict)
    seed: int = 0
    delay_ms: int = 0  # every request takes this long; large values make the carrier slow
    hang_s: float = 30.0
    retry_after_s: int = 1
    refuse: dict[str, int] = field(default_factory=dict)
    undeliver: dict[str, int] = field(default_factory=dict)
    redacted: list[str] = field(default_factory=list)  # numbers whose texts are listed without their words
    media: dict[str, str] = field(default_factory=dict)  # id -> "gone", "large" or "page" in place of a picture
    receipts: str = "none"
    receipt_delay_ms: int = 0
    receipt_tries: int = 1
    callees: dict[str, list[str]] = field(default_factory=dict)  # number -> keys pressed at each gather; "" is silence

    def __post_init__(self) -> None:
        unknown = {self.mode, *self.shares} - set(MODES)
        if unknown or self.receipts not in RECEIPTS:
            raise ValueError(f"unknown mode: {unknown or self.receipts}")


class Die:
    """The faults in force, and the mode of the next request."""

    def __init__(self) -> None:
        self.faults = Faults()
        self._random = random.Random(0)
        self._lock = Lock()

    def change(self, changes: dict[str, Any]) -> None:
        """Replace the given settings; a given seed starts the die anew."""
        self.faults = replace(self.faults, **changes)
        if "seed" in changes:
            self._random = random.Random(self.faults.seed)

    def next_mode(self) -> str:
        with self._lock:
            roll = self._random.random()
        for mode, share in self.faults.shares.items():
            if roll < share:
                return mode
            roll -= share
        return self.faults.mode

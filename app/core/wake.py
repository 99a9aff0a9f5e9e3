"""The nudge after a commit: tells whoever is listening that there is work. Losing it costs latency, nothing else."""

from __future__ import annotations

from collections.abc import Callable

from app.core.log import logger


class Waker:
    """Calls each listener; a listener that fails is logged and never reaches the request that nudged."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[], None]] = []

    def add(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def __call__(self) -> None:
        for listener in self._listeners:
            try:
                listener()
            except Exception as error:  # noqa: BLE001 - a nudge is best effort; the poll finds the work
                logger("wake").warning("nudge_failed", kind=type(error).__name__)

"""The runner inside the server's own process: a thread that ticks at every nudge, and every few seconds without one."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from app.core.log import logger

if TYPE_CHECKING:
    from app.wiring import House

STOP_WITHIN_S = 30.0


class EmbeddedRunner:
    """`start()` and `stop()`; `run()` is the same loop in the caller's own thread. Several may run side by side."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._nudged = threading.Event()
        self._is_stopping = False
        self._thread = threading.Thread(target=self.run, name="runner", daemon=True)
        house.waker.add(self.nudge)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the round under way and end. What it leaves undone, the next start finds."""
        self.end_soon()
        self.nudge()
        if self._thread.is_alive():
            self._thread.join(STOP_WITHIN_S)

    def nudge(self) -> None:
        """There is work: do not wait for the next poll. Returns at once."""
        self._nudged.set()

    def end_soon(self) -> None:
        """Let `run` return after its round, within one poll. Takes no lock, so it may be called in a signal handler."""
        self._is_stopping = True

    def run(self) -> None:
        """Tick until told to stop."""
        while not self._is_stopping:
            self._nudged.clear()
            if not self._round():
                self._nudged.wait(self._house.settings.poll_s)

    def _round(self) -> bool:
        """One tick; True when another is wanted at once: a backlog, or the demo's clock is still walking."""
        from app.jobs.tick import tick  # noqa: PLC0415 - loaded in the runner's thread, beside the first answers

        try:
            ticked = tick(self._house.ground)
            is_walking = self._house.walk is not None and self._house.walk.step()
        except Exception as error:  # noqa: BLE001 - the runner outlives whatever a round meets
            logger("jobs").error("round_failed", error=type(error).__name__)
            return False
        return ticked.is_more or is_walking

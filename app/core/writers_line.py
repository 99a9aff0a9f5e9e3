"""The line in which the writing threads of a process stand: one at a time, and nobody is overtaken for ever.

A bare lock of Python goes to whoever is running when it is let go, often the thread that just had it: on a busy machine
a waiting writer was passed by for twenty seconds. Handing it over in strict order would cost a change of thread each
time. So writers may overtake, until one has waited for `PATIENCE_S`: then newcomers wait behind that one.
"""

from __future__ import annotations

import threading

PATIENCE_S = 0.25


class WritersLine:
    """`enter` and `leave` in the same thread; a thread that is in may enter again."""

    def __init__(self) -> None:
        self._turn = threading.RLock()
        self._gate = threading.Lock()  # held by the one who waited long: newcomers stop here
        self._inside = threading.local()

    def enter(self, timeout_s: float) -> bool:
        """Whether it is this thread's turn now; False when it did not come within `timeout_s`."""
        if not self._depth and not self._pass_gate(timeout_s):
            return False
        is_in = self._turn.acquire(timeout=min(PATIENCE_S, timeout_s)) or self._enter_next(timeout_s - PATIENCE_S)
        if is_in:
            self._inside.depth = self._depth + 1
        return is_in

    def leave(self) -> None:
        self._inside.depth = self._depth - 1
        self._turn.release()

    @property
    def _depth(self) -> int:
        return getattr(self._inside, "depth", 0)

    def _pass_gate(self, timeout_s: float) -> bool:
        if not self._gate.acquire(timeout=timeout_s):
            return False
        self._gate.release()
        return True

    def _enter_next(self, timeout_s: float) -> bool:
        """Before every newcomer: they wait at the gate until this thread is in."""
        if timeout_s <= 0 or not self._gate.acquire(timeout=timeout_s):
            return False
        try:
            return self._turn.acquire(timeout=timeout_s)
        finally:
            self._gate.release()

"""Remembers, in this process, who keeps failing: after so many failures in a row nobody is sent there for a while, then
one may try."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

FAILURES = 5
PAUSE = timedelta(seconds=30)


@dataclass
class _Line:
    failures: int = 0
    closed_until: datetime | None = None


@dataclass
class Breaker:
    """Times are machine times. Safe to use from several threads."""

    failures: int = FAILURES
    pause: timedelta = PAUSE
    _lines: dict[str, _Line] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_sick(self, name: str, *, now: datetime) -> bool:
        """Whether `name` is to be left alone. After the pause one caller is let through to try; the rest wait on."""
        with self._lock:
            line = self._lines.get(name)
            if line is None or line.closed_until is None:
                return False
            if now < line.closed_until:
                return True
            line.closed_until = now + self.pause
            return False

    def is_resting(self, name: str, *, now: datetime) -> bool:
        """Whether `name` is being left alone, asked by one who does not take the try that is free after the pause."""
        with self._lock:
            line = self._lines.get(name)
            return line is not None and line.closed_until is not None and now < line.closed_until

    def note(self, name: str, *, worked: bool, now: datetime) -> None:
        """What came of one call."""
        with self._lock:
            line = self._lines.setdefault(name, _Line())
            line.failures = 0 if worked else line.failures + 1
            line.closed_until = now + self.pause if line.failures >= self.failures else None

    def sick_lines(self) -> list[str]:
        """Who is being left alone, for the health page."""
        with self._lock:
            return sorted(name for name, line in self._lines.items() if line.closed_until is not None)

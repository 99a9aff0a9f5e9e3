"""The only place that asks the machine what time it is. All times are aware and UTC."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Business time (`now`) may be moved in a demo; machine time (`machine_now`) rules leases and never is."""

    def now(self) -> datetime: ...

    def machine_now(self) -> datetime: ...


class SystemClock:
    """The real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def machine_now(self) -> datetime:
        return datetime.now(UTC)


class MovableClock:
    """A demo's clock: runs like the real one from a start of its own, and can be pushed forward, never back.

    Its distance from the machine's time is kept in a file, so that a restart and the command line tell the same time.
    """

    def __init__(self, file: Path, start: datetime) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._read_at: int | None = None
        self._offset = timedelta(0)
        if not file.exists():
            self._keep(start - datetime.now(UTC))

    def now(self) -> datetime:
        changed_at = self._file.stat().st_mtime_ns
        if changed_at != self._read_at:
            self._offset = timedelta(seconds=float(self._file.read_text()))
            self._read_at = changed_at
        return datetime.now(UTC) + self._offset

    def machine_now(self) -> datetime:
        return datetime.now(UTC)

    def push_to(self, moment: datetime) -> datetime:
        """Move forward to `moment`; a moment already past changes nothing. Returns the time it now is."""
        with self._lock:
            if moment > self.now():
                self._keep(moment - datetime.now(UTC))
        return self.now()

    def push(self, step: timedelta) -> datetime:
        return self.push_to(self.now() + step)

    def _keep(self, offset: timedelta) -> None:
        part = self._file.with_suffix(".part")
        part.write_text(str(offset.total_seconds()))
        part.replace(self._file)


class FrozenClock:
    """A clock for tests: stands still until it is told the time."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def machine_now(self) -> datetime:
        return self.at

    def advance(self, step: timedelta) -> datetime:
        self.at += step
        return self.at

"""What the stand-in carrier accepted, on disk before it answers: one JSON line per message or call, fsynced."""

from __future__ import annotations

import json
import os
from pathlib import Path
from threading import Lock
from typing import Any


class Ledger:
    """Append-only; survives the process. Reading it back after a restart gives the same list."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self.entries: list[dict[str, Any]] = []
        if path.exists():
            self.entries = [json.loads(line) for line in path.read_text().splitlines() if line.endswith("}")]
        self._file = path.open("a")

    def keep(self, entry: dict[str, Any]) -> None:
        """Return only when the entry is on disk."""
        with self._lock:
            self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())
            self.entries.append(entry)

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        with self._lock:
            return [entry for entry in self.entries if entry["kind"] == kind]

    def newest_to(self, kind: str, number: str | None) -> list[dict[str, Any]]:
        return [entry for entry in reversed(self.of_kind(kind)) if number in (None, entry["to"])]

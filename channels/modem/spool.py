"""The spool folder we share with smsd: whole files appear in it at once, and a name is used only once."""

from __future__ import annotations

import hashlib
import os
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PREFIX: Final = "farline-"
PLAIN_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
RECEIVED: Final = re.compile(r"[^.]+\.[A-Za-z0-9]{6}")  # <modem>.<six letters>; smsd's own notes have no dot
TAKEN_BACK: Final = ".late"
WAITING: Final = "farline"  # sent, and waiting for a report; also where files are written before they are moved


@dataclass(frozen=True, slots=True)
class Spool:
    """`folder` holds smsd's own folders, named as in its sample configuration."""

    folder: Path

    def put(self, token: str, content: bytes) -> None:
        """Hand a file to smsd: written whole and on disk before it appears in `outgoing`."""
        (self.folder / WAITING).mkdir(exist_ok=True)
        draft = self.folder / WAITING / f"{name_of(token)}.draft"
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self.folder / "outgoing" / name_of(token))
        _sync(self.folder / "outgoing")

    def holds(self, token: str) -> bool:
        """Whether smsd has, or had, the file of this attempt."""
        places = ("outgoing", "checked", "sent", "failed", WAITING)
        return any((self.folder / place / name_of(token)).exists() for place in places)

    def ours(self, place: str) -> Iterator[tuple[str, Path]]:
        """Token and path of our files in one folder, oldest first."""
        for path in _oldest_first(self.folder / place):
            if path.name.startswith(PREFIX) and "." not in path.name:
                yield path.name.removeprefix(PREFIX), path

    def received(self, place: str) -> Iterator[Path]:
        """Files smsd wrote for us (`incoming`, `report`), oldest first."""
        for path in _oldest_first(self.folder / place):
            if RECEIVED.fullmatch(path.name):
                yield path

    def take_back(self, path: Path) -> None:
        """Take a file away from smsd, which has not begun with it."""
        (self.folder / WAITING).mkdir(exist_ok=True)
        path.rename(self.folder / WAITING / f"{path.name}{TAKEN_BACK}")

    def taken_back(self) -> Iterator[tuple[str, Path]]:
        """Token and path of the files that were taken back."""
        for path in _oldest_first(self.folder / WAITING):
            if path.name.endswith(TAKEN_BACK):
                yield path.name.removeprefix(PREFIX).removesuffix(TAKEN_BACK), path

    def wait_for_report(self, path: Path, head: bytes) -> None:
        """Keep a sent file's headers without its words."""
        (self.folder / WAITING).mkdir(exist_ok=True)
        (self.folder / WAITING / path.name).write_bytes(head)
        path.unlink()


def name_of(token: str) -> str:
    """The file's name: the attempt's token, so that looking for an attempt is looking for a file."""
    plain = token if PLAIN_TOKEN.fullmatch(token) else hashlib.sha256(token.encode()).hexdigest()
    return PREFIX + plain


def age_s(path: Path) -> float:
    """Seconds since the file was last written."""
    return time.time() - path.stat().st_mtime


def _oldest_first(folder: Path) -> list[Path]:
    if not folder.is_dir() and folder.name == WAITING:
        return []  # nothing was handed over yet
    entries = [(entry.stat().st_mtime_ns, entry.name) for entry in os.scandir(folder) if entry.is_file()]
    return [folder / name for _, name in sorted(entries)]


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

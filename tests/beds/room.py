"""Where throw-away data lies: in memory when there is room, since a test's fsync proves nothing about a disk."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 1 << 30


def throwaway_folder(prefix: str, *, durable: bool = False) -> Path:
    """A new folder with a short path (a unix socket's path has a limit of 107 bytes); on a disk when `durable`.

    Its name holds our process id, so that what a killed run left behind is found and removed by the next.
    """
    in_memory = not durable and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH_BYTES
    place = MEMORY if in_memory else Path(tempfile.gettempdir())
    _remove_orphans(place, prefix)
    return Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-", dir=place))


def _remove_orphans(place: Path, prefix: str) -> None:
    for folder in place.glob(f"{prefix}*-*"):
        owner = folder.name.removeprefix(prefix).partition("-")[0]
        if owner.isdigit() and not _is_alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # alive, and somebody else's
        pass
    return True

"""Where throw-away data lies: in memory when there is room, since a test's fsync proves nothing about a disk."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 1 << 30


def throwaway_folder(prefix: str, *, durable: bool = False) -> Path:
    """A new folder with a short path (a unix socket's path has a limit of 107 bytes); on a disk when `durable`."""
    in_memory = not durable and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH_BYTES
    return Path(tempfile.mkdtemp(prefix=prefix, dir=MEMORY if in_memory else None))

"""Whether writes are refused for want of room: looking works on a full disk, so only a refused write tells."""

from __future__ import annotations

from sqlalchemy import event
from sqlalchemy.engine import Engine, ExceptionContext

FULL_STATES = frozenset({"53100", "58030"})  # PostgreSQL: disk_full, io_error
FULL_WORDS = ("disk is full", "disk I/O error")  # SQLite: SQLITE_FULL, SQLITE_IOERR


class DiskRoom:
    """`is_full` from the first refused write until somebody has found that a write is kept again."""

    def __init__(self, engine: Engine) -> None:
        self.is_full = False
        event.listen(engine, "handle_error", self._note)

    def _note(self, context: ExceptionContext) -> None:
        error = context.original_exception
        if getattr(error, "sqlstate", None) in FULL_STATES or any(words in str(error) for words in FULL_WORDS):
            self.is_full = True

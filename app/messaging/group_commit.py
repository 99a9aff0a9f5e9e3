"""Sender threads' small writes, grouped: whoever is waiting when the writer comes round shares its commit."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from app.core.database import Database
from app.core.shared_commit import LARGEST_GROUP, DoAll, commit_group

W = TypeVar("W")


class GroupCommit(Generic[W]):
    """Use as a context manager; leaving it waits for everything submitted. `do_all` writes a whole group."""

    def __init__(self, database: Database, do_all: DoAll[W]) -> None:
        self._database = database
        self._do_all = do_all
        self._waiting: SimpleQueue[tuple[W, Future[Any]] | None] = SimpleQueue()
        self._writer = threading.Thread(target=self._write, name="group-commit", daemon=True)

    def __enter__(self) -> Self:
        self._writer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._waiting.put(None)
        self._writer.join()

    def submit(self, work: W) -> Future[Any]:
        """Have `work` done in the next group. It may be done again from the start if its group had to be undone."""
        future: Future[Any] = Future()
        self._waiting.put((work, future))
        return future

    def _write(self) -> None:
        is_open = True
        while is_open:
            group, is_open = self._next_group()
            if group:
                commit_group(self._database, group, self._do_all)

    def _next_group(self) -> tuple[list[tuple[W, Future[Any]]], bool]:
        group, piece = [], self._waiting.get()
        while piece is not None:
            group.append(piece)
            if len(group) == LARGEST_GROUP or self._waiting.empty():
                return group, True
            piece = self._waiting.get()
        return group, False

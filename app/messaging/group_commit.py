"""Many threads' small writes, grouped: whoever is waiting when the writer comes round shares its commit.

SQLite has one writer lock and each commit costs a sync; a single writer with full groups beats many that queue for it.
A submitted piece of work is done only when its `Future` has a result: that is after the commit.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy.orm import Session

from app.core.database import Database

T = TypeVar("T")
Piece = tuple[Callable[[Session], Any], "Future[Any]"]
LARGEST_GROUP = 64


class GroupCommit:
    """Use as a context manager; leaving it waits for everything submitted."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: SimpleQueue[Piece | None] = SimpleQueue()
        self._writer = threading.Thread(target=self._write, name="group-commit", daemon=True)

    def __enter__(self) -> Self:
        self._writer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._waiting.put(None)
        self._writer.join()

    def submit(self, work: Callable[[Session], T]) -> Future[T]:
        """Have `work` done in the next group. It may be done again from the start if its group had to be undone."""
        future: Future[T] = Future()
        self._waiting.put((work, future))
        return future

    def _write(self) -> None:
        is_open = True
        while is_open:
            group, is_open = self._next_group()
            if group and not self._commit_together(group):
                for piece in group:
                    self._commit_alone(piece)

    def _next_group(self) -> tuple[list[Piece], bool]:
        group, piece = [], self._waiting.get()
        while piece is not None:
            group.append(piece)
            if len(group) == LARGEST_GROUP or self._waiting.empty():
                return group, True
            piece = self._waiting.get()
        return group, False

    def _commit_together(self, group: list[Piece]) -> bool:
        try:
            with self._database.write() as session:
                results = [work(session) for work, _ in group]
        except Exception:  # noqa: BLE001 - whose it was shows when each is done alone
            return False
        for (_, future), result in zip(group, results, strict=True):
            future.set_result(result)
        return True

    def _commit_alone(self, piece: Piece) -> None:
        work, future = piece
        try:
            with self._database.write() as session:
                result = work(session)
        except Exception as error:  # noqa: BLE001 - the error belongs to whoever waits for the result
            future.set_exception(error)
        else:
            future.set_result(result)

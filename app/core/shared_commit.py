"""Many threads' small writes in one commit. SQLite has one writer and syncs at every commit, so whoever's turn comes
does the work of all who stand in line behind it, and one sync serves them all.

A piece of work is done when its `Future` has a result: that is after the commit. It may be done again from the start,
when its group had to be undone because of another piece.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from app.core.database import Database

T = TypeVar("T")
W = TypeVar("W")
Piece = tuple[Callable[[Session], Any], "Future[Any]"]
DoAll = Callable[[Session, Sequence[W]], list[Any]]
LARGEST_GROUP = 64


class SharedCommit:
    """The line of those who want to write. Safe to use from any number of threads."""

    def __init__(self) -> None:
        self._waiting: deque[Piece] = deque()

    def run(self, database: Database, work: Callable[[Session], T]) -> T:
        """Do `work` in the next commit, alone or with what others wait to do; its result, or its own error."""
        future: Future[T] = Future()
        self._waiting.append((work, future))
        with database.turn_to_write():
            while not future.done() and (group := self._next_group()):
                commit_group(database, group, each_apart)
        return future.result()

    def _next_group(self) -> list[Piece]:
        group: list[Piece] = []
        while self._waiting and len(group) < LARGEST_GROUP:
            try:
                group.append(self._waiting.popleft())
            except IndexError:  # somebody who waited too long for the turn took it
                break
        return group


def each_apart(session: Session, works: Sequence[Callable[[Session], Any]]) -> list[Any]:
    """Each piece sees what those before it wrote and not what they have loaded."""
    results = [works[0](session)]
    for work in works[1:]:
        session.flush()
        session.expunge_all()
        session.info.clear()
        results.append(work(session))
    return results


def commit_group(database: Database, group: Sequence[tuple[W, Future[Any]]], do_all: DoAll[W]) -> None:
    """Do all pieces in one commit; when one of them fails, each in a commit of its own, so that only that one fails."""
    try:
        if not _commit(database, group, do_all):
            for piece in group:
                _commit(database, [piece], do_all)
    finally:
        for _, future in group:
            if not future.done():
                future.set_exception(RuntimeError("the process is ending"))


def _commit(database: Database, group: Sequence[tuple[W, Future[Any]]], do_all: DoAll[W]) -> bool:
    """False: nothing is done, and whose fault it was shows when each is done alone."""
    try:
        with database.write() as session:
            results = do_all(session, [work for work, _ in group])
    except Exception as error:  # noqa: BLE001 - the error belongs to whoever waits for the result
        if len(group) > 1 and not _is_nobodys(database, error):
            return False
        for _, future in group:
            future.set_exception(error)
    else:
        for (_, future), result in zip(group, results, strict=True):
            future.set_result(result)
    return True


def _is_nobodys(database: Database, error: Exception) -> bool:
    """SQLite is locked by another process, or the disk is full: to try each alone would only take as long again."""
    return database.is_sqlite and isinstance(error, OperationalError)

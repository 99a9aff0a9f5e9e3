"""Statements that are built once and run by every thread of the process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache, wraps
from typing import ParamSpec, TypeVar

from sqlalchemy import Executable
from sqlalchemy.dialects import postgresql

P = ParamSpec("P")
S = TypeVar("S", bound=Executable)

_BUILDING = threading.RLock()


def built_once(build: Callable[P, S]) -> Callable[P, S]:
    """Keep what `build` makes, for each set of arguments, and give it out ready for use by several threads at once.

    SQLAlchemy notes which column of a subquery or alias stands for which of a table at the first compilation, without
    a lock. A second thread that compiles meanwhile sees half the notes, writes SQL that joins everything with
    everything, and this process keeps that SQL for as long as it lives. So one compilation is made here, before
    anybody else has the statement; the notes are the same for every dialect.
    """

    @cache
    def made(*args: P.args, **kwargs: P.kwargs) -> S:
        statement = build(*args, **kwargs)
        statement.compile(dialect=postgresql.dialect())  # type: ignore[attr-defined]
        return statement

    @wraps(build)
    def give(*args: P.args, **kwargs: P.kwargs) -> S:
        with _BUILDING:
            return made(*args, **kwargs)  # type: ignore[arg-type]

    give.cache_clear = made.cache_clear  # type: ignore[attr-defined]
    return give

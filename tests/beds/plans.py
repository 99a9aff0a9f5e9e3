"""How a database finds what a query asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.orm import Session

from app.core.database import Database

READING = ("SELECT", "WITH", "UPDATE")


def how_it_is_found(database: Database, look: Callable[[Session], Any]) -> list[str]:
    """The database's own plan for each statement of `look`, as it is really sent."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_said: Any) -> None:
        if statement.startswith(READING):
            sent.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    with database.write() as session:
        look(session)
        event.remove(database.engine, "before_cursor_execute", note)
        if not database.is_sqlite:
            session.execute(text("SET LOCAL enable_seqscan = off"))  # an empty table is read whole otherwise
        connection = session.connection()
        explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        plans = [connection.exec_driver_sql(f"{explain} {statement}", values).all() for statement, values in sent]
    return ["\n".join(map(str, plan)) for plan in plans]

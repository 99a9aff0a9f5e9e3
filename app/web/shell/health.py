"""Whether this process can work, in sentences for the person who runs it."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core.database import Database
from app.core.migrate import is_current


def troubles(database: Database) -> list[str]:
    """What keeps the server from working; empty when nothing does."""
    try:
        with database.read() as session:
            session.execute(text("SELECT 1"))
        if not is_current(database):
            return ["the database needs `farline db upgrade`"]
    except SQLAlchemyError as error:
        return [f"the database does not answer ({type(error).__name__})"]
    return []

"""Whether this process can work, in sentences for the person who runs it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core.database import Database
from app.core.schema_version import is_current
from app.core.try_room import has_room


def troubles(database: Database, *, machine_now: datetime) -> list[str]:
    """What keeps the server from working; empty when nothing does."""
    try:
        with database.read() as session:
            session.execute(text("SELECT 1"))
        if not is_current(database):
            return ["the database needs `farline db upgrade`"]
        if not has_room(database, machine_now=machine_now):
            return ["the disk of the database is full: nothing new can be kept"]
    except SQLAlchemyError as error:
        return [f"the database does not answer ({type(error).__name__})"]
    return []

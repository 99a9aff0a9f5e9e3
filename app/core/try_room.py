"""A trial write after one was refused for want of room: whether the database takes anything again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError

from app.core.database import Database
from app.core.models import PeriodicRun

ROWS = 100  # a few dozen pages: more than what the pages that are there could still take
_NAME = "room:" + "x" * 1000


def has_room(database: Database, *, machine_now: datetime) -> bool:
    """True without a write as long as none was refused."""
    if not database.room.is_full:
        return True
    trial = [PeriodicRun(name=f"{_NAME}{number}", slot=machine_now, started_at=machine_now) for number in range(ROWS)]
    try:
        with database.write() as session:
            session.add_all(trial)
        with database.write() as session:
            session.execute(delete(PeriodicRun).where(PeriodicRun.id.in_([row.id for row in trial])))
    except DBAPIError:
        return False
    database.room.is_full = False
    return True

"""Submitting the same form twice does it once: the form carries a key, the first one in keeps its answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.support.models import Submission


def submit_once(session: Session, key: str, *, staff_id: int, now: datetime, act: Callable[[], str]) -> str:
    """Run `act` in this transaction unless `key` was submitted before; its answer, or the first one's.

    Two at the same moment wait for each other at the unique key, so the second sees what the first answered.
    """
    row = Submission(key=f"{staff_id}:{key}", staff_id=staff_id, at=now, answer="")
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return session.scalars(select(Submission.answer).where(Submission.key == row.key)).one()
    row.answer = act()
    return row.answer

"""One clinic never sees another's: a confined session reads and writes the rows of one clinic only.

This is the one place. Every SELECT, UPDATE and DELETE of a confined session carries the clinic's condition for each
table that has a `clinic_id`; a row of another clinic cannot be flushed through it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from app.core.database import Base
from app.core.models import Clinic

_KEY = "farline_clinic_id"


class OtherClinic(Exception):
    """A row of another clinic was about to be written: a programming error, stopped before the database."""


def confine(session: Session, clinic_id: int) -> Session:
    """From here on this session knows one clinic."""
    session.info[_KEY] = clinic_id
    return session


@event.listens_for(Session, "do_orm_execute")
def _only_this_clinic(state: ORMExecuteState) -> None:
    clinic_id = state.session.info.get(_KEY)
    if clinic_id is None or state.is_column_load or state.is_relationship_load:
        return
    state.statement = state.statement.options(
        *(
            with_loader_criteria(mapped, getattr(mapped, column) == clinic_id, include_aliases=True)
            for mapped, column in _confined_tables()
        )
    )


@event.listens_for(Session, "before_flush")
def _nothing_of_another_clinic(session: Session, *_: Any) -> None:
    clinic_id = session.info.get(_KEY)
    if clinic_id is None:
        return
    columns = dict(_confined_tables())
    for row in (*session.new, *session.dirty, *session.deleted):
        column = columns.get(type(row))
        if column is not None and getattr(row, column) not in (clinic_id, None):
            raise OtherClinic(type(row).__name__)


def _confined_tables() -> list[tuple[type[Any], str]]:
    mapped = (each.class_ for each in Base.registry.mappers)
    own = [(each, "clinic_id") for each in mapped if "clinic_id" in each.__table__.columns]
    return [(Clinic, "id"), *own]

"""Sessions of the desk: confined to the viewer's clinic, whatever the view asks for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy.orm import Session

from app.core.database import Base
from app.core.errors import NotFound
from app.core.tenancy import confine
from app.web.shell.here import ground, viewer

Row = TypeVar("Row", bound=Base)


@contextmanager
def clinic_read() -> Iterator[Session]:
    with ground().database.read() as session:
        yield confine(session, viewer().clinic_id)


@contextmanager
def clinic_write() -> Iterator[Session]:
    with ground().database.write() as session:
        yield confine(session, viewer().clinic_id)


def found(session: Session, kind: type[Row], row_id: int) -> Row:
    """The row, when it is this clinic's; else as if there were none."""
    row = session.get(kind, row_id)
    if row is None:
        raise NotFound
    return row

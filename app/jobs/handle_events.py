"""Facts written below set off what stands above: each event once, by every handler, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from app.core.ground import Ground
from app.core.log import logger
from app.core.models import Event
from app.jobs.texts_held import open_ticket_for_held_texts
from app.jobs.undelivered_message import open_ticket_for_undelivered, tell_phone_of_undelivered
from app.jobs.unsettled_message import open_ticket_for_unsettled
from app.pathways.handle_event import handle_event as move_pathways
from app.records.handle_events import handle_event as queue_filings

Handler = Callable[[Session, Event, datetime], object]

MOST_ATTEMPTS = 5  # then the event is left for a person; `farline doctor` counts them
HANDLERS: tuple[Handler, ...] = (
    open_ticket_for_held_texts, open_ticket_for_unsettled, open_ticket_for_undelivered, tell_phone_of_undelivered,
    move_pathways, queue_filings,
)  # fmt: skip


def handle_events(ground: Ground, *, limit: int = 200, handlers: tuple[Handler, ...] = HANDLERS) -> int:
    """Handle up to `limit` waiting events, oldest first; how many were. One that fails does not stop the next."""
    handled, failed = 0, set[int]()
    while handled + len(failed) < limit and _is_waiting(ground, failed):
        event_id = _handle_next(ground, failed, handlers)
        handled += event_id is not None and event_id not in failed
    return handled


def _is_waiting(ground: Ground, failed: set[int]) -> bool:
    with ground.database.read() as session:
        return bool(session.scalar(select(exists().where(*_waiting(failed)))))


def _handle_next(ground: Ground, failed: set[int], handlers: tuple[Handler, ...]) -> int | None:
    """Handle the oldest waiting event. Whoever else does so waits here, so events are handled in order."""
    event_id = None
    try:
        with ground.database.write() as session:
            wanted = select(Event).where(*_waiting(failed)).order_by(Event.id).limit(1).with_for_update()
            event = session.scalar(wanted)
            if event is None:
                return None
            event_id = event.id
            for handle in handlers:
                handle(session, event, ground.clock.now())
            event.handled_at = ground.clock.now()
    except Exception as error:
        if event_id is None:
            raise
        failed.add(event_id)
        _count_failure(ground, event_id, error)
    return event_id


def _count_failure(ground: Ground, event_id: int, error: Exception) -> None:
    with ground.database.write() as session:
        event = session.get_one(Event, event_id)
        event.attempts += 1
        logger("jobs").error(
            "event_failed",
            event_id=event_id,
            event_kind=event.kind,
            attempts=event.attempts,
            error=type(error).__name__,
        )


def _waiting(failed: set[int]) -> tuple[ColumnElement[bool], ...]:
    return (Event.handled_at.is_(None), Event.attempts < MOST_ATTEMPTS, Event.id.not_in(failed))

"""Take back what has not been handed over: the visit was moved, the patient died, the form is done."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.messaging.end_message import end_message
from app.messaging.models import Message
from app.messaging.rules import NOT_YET_HANDED_OVER, MessageState
from app.messaging.store import in_state, is_in_line


def cancel_messages(
    session: Session,
    *,
    reason: str,
    now: datetime,
    patient_id: int | None = None,
    due_step_id: int | None = None,
    notice_id: int | None = None,
    message_id: int | None = None,
) -> int:
    """Cancel the waiting messages about everything that is named (one thing at least); how many that was."""
    named = {
        Message.patient_id: patient_id,
        Message.due_step_id: due_step_id,
        Message.notice_id: notice_id,
        Message.id: message_id,
    }
    conditions = [column == value for column, value in named.items() if value is not None]
    if not conditions:
        raise ValueError("name what the messages to cancel are about")
    wanted = (
        select(Message)
        .where(*conditions, is_in_line(), in_state(*NOT_YET_HANDED_OVER))
        .order_by(Message.created_at, Message.id)  # by id alone SQLite would read all there ever were in that order
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    waiting = list(session.scalars(wanted))
    for message in waiting:
        end_message(session, message, MessageState.CANCELLED, reason, now=now)
    return len(waiting)

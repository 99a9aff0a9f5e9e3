"""A reply that stays on the patient's own page: for who wrote there and has no number a text may go to."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from app.messaging.models import Message
from app.messaging.queue_message import Draft, drafted
from app.messaging.rules import MessageState
from app.messaging.store import insert_once
from app.patients.told_phones import want_told
from app.support.rules import UNDO_S
from channels.base import Channel

PAGE = "page"  # stands where a carrier's name or a number would
REASON = "on_page"


def page_address(patient_id: int) -> str:
    return f"{PAGE}:{patient_id}"


def is_of_page(message: Message) -> bool:
    """Whether these words were typed on the page."""
    return message.channel == Channel.WEB


def put_on_page(session: Session, draft: Draft, *, now: datetime) -> Message:
    """Nothing carries it: it is there, and the page shows it once it cannot be taken back any more; then a phone whose
    owner chose so is told that something waits. The same cause twice is one message."""
    row = Message(**drafted(draft, now=now))
    row.state, row.reason = MessageState.DELIVERED, REASON
    if insert_once(session, row, Message.cause):
        if draft.patient_id is not None:
            want_told(session, draft.patient_id, now + timedelta(seconds=UNDO_S))
        return row
    return session.scalars(select(Message).where(Message.cause == draft.cause)).one()


def take_off_page(session: Session, message_id: int, *, now: datetime) -> bool:
    """Whether it could be taken back: nobody has been shown it yet."""
    taken = session.execute(
        update(Message)
        .where(
            Message.id == message_id, Message.channel == Channel.WEB, Message.reason == REASON,
            Message.state == MessageState.DELIVERED, Message.created_at > now - timedelta(seconds=UNDO_S),
        )
        .values(state=MessageState.CANCELLED, reason="undone", updated_at=now)
        .execution_options(synchronize_session="fetch")
    )  # fmt: skip
    assert isinstance(taken, CursorResult)
    return taken.rowcount == 1

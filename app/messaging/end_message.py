"""A message's end, written once: state, reason, and the event by which what sits above hears of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.events import record_event
from app.messaging.models import Message
from app.messaging.rules import MessageState

_WITHOUT_EVENT = (MessageState.CANCELLED,)  # whoever cancels knows already


def end_message(session: Session, message: Message, state: MessageState, reason: str, *, now: datetime) -> None:
    """End `message` as `state` because of `reason` (a code). Writes `message_undelivered` unless we took it back."""
    message.state, message.reason = state, reason
    message.lease_until = None
    message.updated_at = now
    if state not in _WITHOUT_EVENT:
        record_event(
            session, "message_undelivered", clinic_id=message.clinic_id, subject_id=message.id, now=now, reason=reason
        )

"""STOP from an address: the opt-out and the end of everything still waiting for it, in one commit.

What is claimed but not yet handed over is ended too: the runner's fenced marker then finds nothing to send. So no send
begins after this commit, whatever was in flight.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.messaging.end_message import end_message
from app.messaging.models import Message
from app.messaging.rules import NOT_YET_HANDED_OVER, MessageState, Reason
from app.messaging.store import in_state, is_in_line
from app.patients.consent import record_opt_out


def stop_sends(
    session: Session, clinic_id: int, address_index: str, *, channel: str, word: str, source: str, now: datetime
) -> int:
    """Record the opt-out and end what waits for this address on this channel; how many messages that was.

    The one answer that confirms the STOP is queued with `needs_consent=False` and stays.
    """
    record_opt_out(session, clinic_id, address_index, channel=channel, word=word, source=source, now=now)
    wanted = (
        select(Message)
        .where(
            Message.clinic_id == clinic_id,
            Message.address_index == address_index,
            Message.channel == channel,
            Message.needs_consent,
            is_in_line(),
            in_state(*NOT_YET_HANDED_OVER),
        )
        .order_by(Message.created_at, Message.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    waiting = list(session.scalars(wanted))
    for message in waiting:
        end_message(session, message, MessageState.SUPPRESSED, Reason.OPTED_OUT, now=now)
    return len(waiting)

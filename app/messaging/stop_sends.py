"""STOP from an address, or "wrong number": the act and the end of everything still waiting for it, in one commit.

What is claimed but not yet handed over is ended too: the runner's fenced marker then finds nothing to send. So no
attempt is marked after this commit, whatever was in flight; one marked before may be called just after.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from app.messaging.end_message import end_message
from app.messaging.models import Message
from app.messaging.rules import NOT_YET_HANDED_OVER, MessageState, Reason
from app.messaging.store import in_state, is_in_line
from app.patients.consent import record_opt_out
from app.patients.models import ContactPoint
from app.patients.store import suspend_address
from channels.base import Channel


def stop_sends(
    session: Session, clinic_id: int, address_index: str, *, channel: str, word: str, source: str, now: datetime
) -> int:
    """Record the opt-out and end what waits for this address on this channel; how many messages that was. A STOP to
    texts ends the calls of ladders too, not those that somebody asked for.

    The one answer that confirms the STOP is queued with `needs_consent=False` and stays.
    """
    record_opt_out(session, clinic_id, address_index, channel=channel, word=word, source=source, now=now)
    at_address = (Message.clinic_id == clinic_id, Message.address_index == address_index)
    return _end_sends(session, *at_address, _is_closed_by(channel), reason=Reason.OPTED_OUT, now=now)


def suspend_sends(
    session: Session, clinic_id: int, address_index: str, *, reason: str, now: datetime
) -> list[ContactPoint]:
    """Nobody is reached at this address any more until a person has looked: texts and calls alike, for all who share
    it; what waits for it ends now. Returns their contact points."""
    at_address = (Message.clinic_id == clinic_id, Message.address_index == address_index)
    suspended = suspend_address(session, clinic_id, address_index, reason)
    _end_sends(session, *at_address, reason=Reason.CONTACT_SUSPENDED, now=now)
    return suspended


def _is_closed_by(channel: str) -> ColumnElement[bool]:
    """What a STOP on `channel` ends: as `Reach.closed_by` says it of one message."""
    said = Message.channel == channel
    ladders_call = and_(Message.channel == Channel.VOICE, Message.due_step_id.is_not(None))
    return or_(said, ladders_call) if channel == Channel.SMS else said


def _end_sends(session: Session, *which: ColumnElement[bool], reason: Reason, now: datetime) -> int:
    wanted = (
        select(Message)
        .where(*which, Message.needs_consent, is_in_line(), in_state(*NOT_YET_HANDED_OVER))
        .order_by(Message.created_at, Message.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    waiting = list(session.scalars(wanted))
    for message in waiting:
        end_message(session, message, MessageState.SUPPRESSED, reason, now=now)
    return len(waiting)

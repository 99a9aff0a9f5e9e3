"""The demo's clock walks to where it was pushed, stopping at every moment something falls due on the way.

A jump over three days would deliver three days' work late; walking delivers each reminder at its own hour.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.conversations.models import Conversation
from app.conversations.rules import ConversationState
from app.core.clock import MovableClock
from app.core.ground import Ground
from app.demo.models import PhoneCall
from app.messaging.models import Message
from app.messaging.rules import MessageState
from app.pathways.models import DueStep
from app.pathways.rules import DueState
from channels.base import CallOutcome


def next_due_moment(session: Session, *, after: datetime) -> datetime | None:
    """The next moment something is to be done, or None."""
    moments = (
        select(func.min(DueStep.due_at)).where(
            DueStep.state.in_((DueState.WAITING, DueState.ON_LADDER)), DueStep.due_at > after
        ),
        select(func.min(Message.due_at)).where(Message.state == MessageState.PENDING, Message.due_at > after),
        select(func.min(Conversation.expires_at)).where(
            Conversation.state == ConversationState.WAITING, Conversation.expires_at > after
        ),
    )
    found = [moment for moment in (session.scalar(wanted) for wanted in moments) if moment is not None]
    return min([*found, *_rung_out(session, after=after)], default=None)


def _rung_out(session: Session, *, after: datetime) -> list[datetime]:
    """The moments at which ringing phones give up."""
    ringing = session.scalars(select(PhoneCall).where(PhoneCall.outcome == CallOutcome.RINGING)).all()
    moments = [call.placed_at + timedelta(seconds=call.ring_s + 1) for call in ringing]
    return [moment for moment in moments if moment > after]


def next_due_step(session: Session, *, after: datetime, patient_id: int | None = None) -> datetime | None:
    """The next moment a pathway reaches out to somebody, or to this patient."""
    waiting = DueStep.state.in_((DueState.WAITING, DueState.ON_LADDER)) & (DueStep.due_at > after)
    if patient_id is not None:
        waiting &= DueStep.patient_id == patient_id
    return session.scalar(select(func.min(DueStep.due_at)).where(waiting))


class Walk:
    """Where the demo clock is going, kept in a file. The runner calls `step` after each tick."""

    def __init__(self, ground: Ground, file: Path) -> None:
        self._ground = ground
        self._file = file

    def set_out(self, target: datetime) -> None:
        """Go to `target`, or as far as an earlier push already asked for."""
        current = self.target()
        if current is None or target > current:
            self._file.write_text(target.isoformat())
        self._ground.wake()

    def target(self) -> datetime | None:
        return datetime.fromisoformat(self._file.read_text()) if self._file.exists() else None

    def step(self) -> bool:
        """Move one step towards the target; True when there is more to do, so that the runner ticks again at once."""
        target, clock = self.target(), self._ground.clock
        if target is None or not isinstance(clock, MovableClock):
            return False
        now = clock.now()
        if now >= target:
            self._file.unlink(missing_ok=True)
            return False
        with self._ground.database.read() as session:
            due = next_due_moment(session, after=now)
        clock.push_to(min(target, due) if due else target)
        return True

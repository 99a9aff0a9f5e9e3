"""Conversations whose time has passed: closed, so that a late answer is known for what it is and goes to a person."""

from __future__ import annotations

from app.conversations.hold import end
from app.conversations.rules import ConversationState
from app.conversations.store import expired_by
from app.conversations.wake_next import wake_next
from app.core.ground import Ground

BATCH = 100


def expire_conversations(ground: Ground) -> int:
    """Close what is overdue; returns how many. Safe with any number of processes."""
    total = 0
    while True:
        with ground.database.write() as session:
            now = ground.clock.now()
            overdue = expired_by(session, now, BATCH)
            for conversation in overdue:
                reason = "never_asked" if conversation.state == ConversationState.QUEUED else "no_answer"
                end(conversation, ConversationState.EXPIRED, now=now, reason=reason)
            for clinic_id, address_index in {(each.clinic_id, each.address_index) for each in overdue}:
                if address_index is not None:
                    wake_next(session, clinic_id, address_index, now=now)
        total += len(overdue)
        if len(overdue) < BATCH:
            return total

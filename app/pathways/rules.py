"""Due steps: how they end, and the pure arithmetic of when they fall due."""

from __future__ import annotations

from enum import StrEnum


class DueState(StrEnum):
    """Every due step ends as sent, skipped, cancelled or missed, with a reason."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    ON_LADDER = "on_ladder"  # reached out; waiting for an answer or the next rung
    SENT = "sent"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    MISSED = "missed"


class EnrolmentState(StrEnum):
    ACTIVE = "active"
    COMPLETED = "completed"
    CANCELLED = "cancelled"

"""Filing states, and pure decisions about what the record allows."""

from __future__ import annotations

from enum import StrEnum


class FilingState(StrEnum):
    PENDING = "pending"
    CLAIMED = "claimed"
    RETRY = "retry"
    FILED = "filed"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    SKIPPED = "skipped"


class FilingKind(StrEnum):
    RESPONSE = "response"
    APPOINTMENT_REPLY = "appointment_reply"

"""States of a conversation."""

from __future__ import annotations

from enum import StrEnum


class ConversationState(StrEnum):
    """`waiting` for the patient; `held` by a ticket, so the engine is silent; the rest are ends."""

    WAITING = "waiting"
    QUEUED = "queued"
    HELD = "held"
    COMPLETED = "completed"
    STOPPED = "stopped"
    EXPIRED = "expired"


class ConversationKind(StrEnum):
    QUESTIONNAIRE = "questionnaire"
    APPOINTMENT = "appointment"
    GENERAL = "general"


OPEN_STATES = (ConversationState.WAITING, ConversationState.QUEUED, ConversationState.HELD)

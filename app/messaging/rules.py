"""Message states and classes: closed sets, allowed moves, and the pure decisions about sending."""

from __future__ import annotations

from enum import StrEnum


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class MessageClass(StrEnum):
    """What may be done when nobody knows whether it was sent (DESIGN P2)."""

    URGENT = "urgent"
    REMINDER = "reminder"
    CLINICAL = "clinical"
    REPLY = "reply"


class MessageState(StrEnum):
    """Outbound: pending -> claimed -> attempting -> accepted -> sent -> delivered | undelivered, and side states.
    Inbound: received -> handled."""

    PENDING = "pending"
    CLAIMED = "claimed"
    ATTEMPTING = "attempting"
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"
    DEAD = "dead"
    RECEIVED = "received"
    HANDLED = "handled"

"""Appointment statuses and what they allow."""

from __future__ import annotations

from enum import StrEnum


class AppointmentStatus(StrEnum):
    """FHIR R4 AppointmentStatus."""

    PROPOSED = "proposed"
    PENDING = "pending"
    BOOKED = "booked"
    ARRIVED = "arrived"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    NOSHOW = "noshow"
    ENTERED_IN_ERROR = "entered-in-error"
    CHECKED_IN = "checked-in"
    WAITLIST = "waitlist"


class PatientReply(StrEnum):
    CONFIRMED = "confirmed"
    WANTS_MOVE = "wants_move"
    WANTS_CANCEL = "wants_cancel"


REMINDED = frozenset({AppointmentStatus.BOOKED, AppointmentStatus.PENDING})

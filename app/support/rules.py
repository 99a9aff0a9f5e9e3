"""Tickets: closed sets and allowed moves."""

from __future__ import annotations

from enum import StrEnum


class TicketState(StrEnum):
    OPEN = "open"
    CLAIMED = "claimed"
    SNOOZED = "snoozed"
    CLOSED = "closed"


class Urgency(StrEnum):
    URGENT = "urgent"
    SOON = "soon"
    ROUTINE = "routine"


class TicketReason(StrEnum):
    """Why a person is needed, a code; the sentence is in `REASONS` of the desk, translated."""

    NOT_UNDERSTOOD = "not_understood"
    ASKED_FOR_PERSON = "asked_for_person"
    RED_FLAG = "red_flag"
    LADDER_RAN_OUT = "ladder_ran_out"
    WANTS_MOVE = "wants_move"
    WANTS_CANCEL = "wants_cancel"
    WRONG_NUMBER = "wrong_number"
    WHO_IS_SPEAKING = "who_is_speaking"
    UNCERTAIN_MESSAGE = "uncertain_message"
    UNDELIVERED = "undelivered"
    FILING_REJECTED = "filing_rejected"
    FILING_CONFLICT = "filing_conflict"
    LATE_ANSWER = "late_answer"
    CALL_BACK = "call_back"
    UNEXPECTED_MESSAGE = "unexpected_message"
    IMPORT_PROBLEM = "import_problem"


class EventKind(StrEnum):
    """What can happen to a ticket; each is a row."""

    OPENED = "opened"
    CLAIMED = "claimed"
    RELEASED = "released"
    REPLIED = "replied"
    PATIENT_WROTE = "patient_wrote"
    NOTED = "noted"
    TRANSFERRED = "transferred"
    SNOOZED = "snoozed"
    ESCALATED = "escalated"
    BREACHED = "breached"
    CALLED = "called"
    MERGED = "merged"
    CLOSED = "closed"
    REOPENED = "reopened"

"""The three deadlines of a ticket, as instants: to be claimed, to be answered by a person, to be closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from app.core.models import Clinic
from app.support.calendars import desk_hours
from app.support.hours import after_open_time
from app.support.models import Queue, Ticket
from app.support.rules import DEFAULT_TARGETS, Targets, Urgency


def set_deadlines(ticket: Ticket, *, clinic: Clinic, queue: Queue, since: datetime) -> None:
    """All three, counted from `since`. A promise already kept stays kept (None)."""
    targets = targets_of(queue.settings, Urgency(ticket.urgency))
    due = {name: due_at(since, getattr(targets, name), targets, clinic) for name in ("claim", "answer", "close")}
    ticket.claim_due_at = None if ticket.first_claimed_at else due["claim"]
    ticket.answer_due_at = None if ticket.first_answered_at else due["answer"]
    ticket.close_due_at = due["close"]


def wait_for_answer(ticket: Ticket, *, clinic: Clinic, queue: Queue, since: datetime) -> None:
    """The patient waits from now; an answer already due earlier stays due then."""
    if ticket.answer_due_at is None:
        targets = targets_of(queue.settings, Urgency(ticket.urgency))
        ticket.answer_due_at = due_at(since, targets.answer, targets, clinic)


def claim_due_from(ticket: Ticket, clinic: Clinic, queue: Queue, since: datetime) -> datetime:
    """When it must be claimed if it waits anew from `since`."""
    targets = targets_of(queue.settings, Urgency(ticket.urgency))
    return due_at(since, targets.claim, targets, clinic)


def targets_of(settings: Mapping[str, Any], urgency: Urgency) -> Targets:
    """A queue's own targets in minutes, `{"targets": {"soon": {"claim": 60, ...}}}`, over the defaults."""
    default = DEFAULT_TARGETS[urgency]
    own: Mapping[str, Any] = settings.get("targets", {}).get(urgency.value, {})
    return Targets(
        claim=_minutes(own, "claim", default.claim),
        answer=_minutes(own, "answer", default.answer),
        close=_minutes(own, "close", default.close),
        is_around_the_clock=bool(own.get("around_the_clock", default.is_around_the_clock)),
    )


def _minutes(own: Mapping[str, Any], name: str, default: timedelta) -> timedelta:
    return timedelta(minutes=own[name]) if name in own else default


def due_at(since: datetime, amount: timedelta, targets: Targets, clinic: Clinic) -> datetime:
    """When so much time has passed since then, of every hour or of the desk's open hours."""
    return since + amount if targets.is_around_the_clock else after_open_time(since, amount, desk_hours(clinic))

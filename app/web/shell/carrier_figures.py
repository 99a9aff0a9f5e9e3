"""How handing over goes: doubts and how old they are, leases that ran out, and each carrier's answers and their time.

A carrier's figures are those of the attempts begun in the last five minutes, found by their ids, which hold their time.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, extract, func, select
from sqlalchemy.orm import Session

from app.core.ids import first_id_at
from app.core.models import PeriodicRun
from app.messaging.models import Message, MessageAttempt
from app.messaging.rules import MessageState, Outcome, Reason
from app.messaging.store import in_state, is_in_someones_hands

RECENT = timedelta(minutes=5)
LONGEST_LIFE = timedelta(days=400)  # of a message that could not leave: a notice may be written a year ahead
Family = tuple[str, str, list[tuple[str, float]]]


def carrier_families(session: Session, *, now: datetime, machine_now: datetime) -> list[Family]:
    """(name, type, rows) of each figure."""
    since = first_id_at(machine_now - RECENT)
    return [
        ("farline_messages_uncertain", "gauge", [("", _doubts(session))]),
        ("farline_oldest_uncertain_seconds", "gauge", [("", _oldest_doubt_s(session, machine_now))]),
        ("farline_messages_dead_last_day", "gauge", [("", _dead(session, now, machine_now))]),
        ("farline_leases_expired", "gauge", [("", _expired_leases(session, machine_now))]),
        ("farline_last_round_seconds", "gauge", [("", _last_round_s(session, machine_now))]),
        ("farline_carrier_attempts", "gauge", _attempts(session, since)),
        ("farline_carrier_failure_ratio", "gauge", _failures(session, since)),
        ("farline_carrier_answer_seconds", "gauge", _answer_times(session, since)),
    ]


def _doubts(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Message).where(*_is_open_doubt())) or 0


def _oldest_doubt_s(session: Session, machine_now: datetime) -> float:
    open_doubts = (
        select(func.min(MessageAttempt.uncertain_at))
        .join(Message, Message.id == MessageAttempt.message_id)
        .where(*_is_open_doubt())
    )
    return _age_s(session.scalar(open_doubts), machine_now)


def _is_open_doubt() -> tuple[ColumnElement[bool], ...]:
    """Uncertain, and not yet left to a person, whose ticket has a deadline of its own."""
    return is_in_someones_hands(), in_state(MessageState.UNCERTAIN), Message.reason.is_distinct_from(Reason.UNSETTLED)


def _dead(session: Session, now: datetime, machine_now: datetime) -> int:
    """By when they ended. Their ids, which hold when they were written, only keep the look from going on for ever."""
    dead = Message.state == MessageState.DEAD
    since = Message.id >= first_id_at(machine_now - LONGEST_LIFE)
    wanted = select(func.count()).select_from(Message).where(dead, since, Message.updated_at >= now - timedelta(days=1))
    return session.scalar(wanted) or 0


def _expired_leases(session: Session, machine_now: datetime) -> int:
    held = in_state(MessageState.CLAIMED, MessageState.ATTEMPTING)
    wanted = select(func.count()).select_from(Message).where(is_in_someones_hands(), held)
    return session.scalar(wanted.where(Message.lease_until < machine_now)) or 0


def _last_round_s(session: Session, machine_now: datetime) -> float:
    """Since a runner last took a period's work: it grows when nobody works."""
    return _age_s(session.scalar(select(func.max(PeriodicRun.started_at))), machine_now)


def _attempts(session: Session, since: int) -> list[tuple[str, float]]:
    outcome = func.coalesce(MessageAttempt.outcome, "open")
    rows = session.execute(
        select(MessageAttempt.carrier, outcome, func.count())
        .where(MessageAttempt.id >= since)
        .group_by(MessageAttempt.carrier, outcome)
        .order_by(MessageAttempt.carrier, outcome)
    )
    return [(f'{{carrier="{carrier}",outcome="{outcome}"}}', count) for carrier, outcome, count in rows]


def _failures(session: Session, since: int) -> list[tuple[str, float]]:
    """The share of attempts that speak against the carrier: put off, or without an answer."""
    failed = MessageAttempt.outcome.in_((Outcome.PUT_OFF, Outcome.UNCERTAIN, Outcome.UNSETTLED))
    rows = session.execute(
        select(MessageAttempt.carrier, func.count(), func.count().filter(failed))
        .where(MessageAttempt.id >= since, MessageAttempt.outcome.is_not(None))
        .group_by(MessageAttempt.carrier)
        .order_by(MessageAttempt.carrier)
    )
    return [(f'{{carrier="{carrier}"}}', round(bad / total, 4)) for carrier, total, bad in rows]


def _answer_times(session: Session, since: int) -> list[tuple[str, float]]:
    took = _seconds_between(session, MessageAttempt.started_at, MessageAttempt.ended_at)
    rows = session.execute(
        select(MessageAttempt.carrier, func.avg(took), func.max(took))
        .where(MessageAttempt.id >= since, MessageAttempt.outcome == Outcome.ACCEPTED)
        .group_by(MessageAttempt.carrier)
        .order_by(MessageAttempt.carrier)
    )
    return [
        (f'{{carrier="{carrier}",of="{name}"}}', round(float(value or 0), 3))
        for carrier, mean, most in rows
        for name, value in (("mean", mean), ("most", most))
    ]


def _seconds_between(session: Session, start: Any, end: Any) -> ColumnElement[Any]:
    """The two databases count time in ways of their own."""
    if session.connection().dialect.name == "sqlite":
        return (func.julianday(end) - func.julianday(start)) * 86_400
    return extract("epoch", end - start)


def _age_s(moment: datetime | None, machine_now: datetime) -> float:
    return round((machine_now - moment).total_seconds(), 1) if moment else 0.0

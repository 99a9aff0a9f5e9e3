"""Figures for a monitor: counts and ages only, in the Prometheus text format."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.models import Event
from app.messaging.due_lines import first_due
from app.messaging.models import Message
from app.messaging.rules import MessageState, Reason
from app.messaging.store import in_state
from app.support.models import Ticket
from app.support.rules import TicketState
from app.web.shell.carrier_figures import carrier_families

HELD = (Reason.NO_CARRIER.value, Reason.CARRIER_SICK.value, Reason.SPEND_CAP.value)
_lock = threading.Lock()
_requests: Counter[tuple[str, int]] = Counter()


def count_request(endpoint: str | None, status: int) -> None:
    with _lock:
        _requests[endpoint or "none", status] += 1


def figures(session: Session, now: datetime, machine_now: datetime) -> str:
    """The whole page: messages and tickets by state, what waits and how long, and how each carrier does."""
    lines = [*_family("farline_requests_total", "counter", _request_rows())]
    lines += _family("farline_messages", "gauge", _count(session, Message.direction, Message.state))
    lines += _family("farline_tickets", "gauge", _count(session, Ticket.urgency, Ticket.state))
    lines += _family("farline_oldest_due_seconds", "gauge", [("", _oldest_due_s(session, now))])
    lines += _family("farline_messages_held", "gauge", _held(session))
    waiting = select(func.count()).select_from(Event).where(Event.handled_at.is_(None))
    lines += _family("farline_events_waiting", "gauge", [("", session.scalar(waiting) or 0)])
    for name, kind, rows in carrier_families(session, now=now, machine_now=machine_now):
        lines += _family(name, kind, rows)
    lines += _family("farline_tickets_late", "gauge", [("", _late_tickets(session, now))])
    return "\n".join(lines) + "\n"


def _request_rows() -> list[tuple[str, float]]:
    with _lock:
        return [
            (f'{{endpoint="{name}",status="{status}"}}', total) for (name, status), total in sorted(_requests.items())
        ]


def _count(session: Session, first, second) -> list[tuple[str, float]]:  # type: ignore[no-untyped-def]  # noqa: ANN001
    rows = session.execute(select(first, second, func.count()).group_by(first, second))
    return [(f'{{{first.key}="{row[0]}",{second.key}="{row[1]}"}}', row[2]) for row in rows]


def _held(session: Session) -> list[tuple[str, float]]:
    """Messages put back again and again, each time due a little later: their age is not that of what is due."""
    wanted = select(Message.reason, func.count()).where(in_state(MessageState.PENDING), Message.reason.in_(HELD))
    counts = dict(session.execute(wanted.group_by(Message.reason)).all())
    return [(f'{{reason="{reason}"}}', counts.get(reason, 0)) for reason in HELD]


def _oldest_due_s(session: Session, now: datetime) -> float:
    oldest = first_due(session, Message.due_at <= now)
    return round((now - oldest).total_seconds(), 1) if oldest else 0.0


def _late_tickets(session: Session, now: datetime) -> int:
    late = select(func.count()).select_from(Ticket)
    return session.scalar(late.where(Ticket.state != TicketState.CLOSED, Ticket.claim_due_at <= now)) or 0


def _family(name: str, kind: str, rows: list[tuple[str, float]]) -> list[str]:
    return [f"# TYPE {name} {kind}", *(f"{name}{labels} {value}" for labels, value in rows)]

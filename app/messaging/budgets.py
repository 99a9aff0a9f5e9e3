"""A clinic's own limits on its texts, kept in the claim: so many segments a second, so many a day.

`settings["segments_per_second"]` paces reminders and bulk (a long number carries about one segment a second); each that
is too early is given its own moment, once. `settings["daily_segments"]` caps what a day may cost; what is urgent goes
all the same. Segments are counted, not messages: a text of four parts costs four.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.log import logger
from app.core.models import Clinic
from app.messaging.gate import put_back
from app.messaging.models import DailySpend, LinePace, Message
from app.messaging.quiet_hours import known_zone
from app.messaging.rules import MessageState, Priority, Reason, Verdict, reserve
from app.messaging.store import insert_once
from channels.base import Channel

LOOK_AGAIN = timedelta(minutes=15)  # a capped message: the cap may be raised, and tomorrow is another day
PACED = (Priority.REMINDER, Priority.BULK)
WARN_AT = 0.8


@dataclass
class _Budget:
    """One clinic's limits and where it stands, its rows held until the claim commits. None: no such limit."""

    per_second: float | None
    pace: LinePace | None
    cap: int | None
    spend: DailySpend | None


def within_budgets(
    session: Session, messages: Sequence[Message], clinics: Mapping[int, Clinic], *, now: datetime
) -> list[Message]:
    """Those of the claimed `messages` that their clinic's limits let go now. The others are put back."""
    texts = {message.clinic_id for message in messages if message.channel == Channel.SMS}
    budgets = {clinic_id: _budget(session, clinics[clinic_id], now) for clinic_id in sorted(texts)}
    return [
        message
        for message in messages
        if message.channel != Channel.SMS or _fits(message, budgets[message.clinic_id], now)
    ]


def _fits(message: Message, budget: _Budget, now: datetime) -> bool:
    verdict = _capped(message, budget, now) or _too_early(message, budget, now)
    if verdict is not None:
        put_back(message, verdict, now=now)
    elif budget.spend is not None:
        _spend(budget.spend, message, budget.cap or 0)
    return verdict is None


def _capped(message: Message, budget: _Budget, now: datetime) -> Verdict | None:
    if budget.spend is None or budget.cap is None or message.priority == Priority.URGENT:
        return None
    if budget.spend.segments + (message.segments or 1) <= budget.cap:
        return None
    return Verdict(MessageState.PENDING, Reason.SPEND_CAP, now + LOOK_AGAIN)


def _too_early(message: Message, budget: _Budget, now: datetime) -> Verdict | None:
    """A message put back once has its own moment and goes when that has come."""
    if budget.pace is None or not budget.per_second or message.reason == Reason.PACED:
        return None
    moment, budget.pace.free_at = reserve(budget.pace.free_at, now, message.segments or 1, budget.per_second)
    if message.priority not in PACED or moment <= now:
        return None
    return Verdict(MessageState.PENDING, Reason.PACED, moment)


def _spend(spend: DailySpend, message: Message, cap: int) -> None:
    before, spend.segments = spend.segments, spend.segments + (message.segments or 1)
    if before < WARN_AT * cap <= spend.segments:
        logger("messaging").warning("spend_near_cap", clinic_id=spend.clinic_id, segments=spend.segments, cap=cap)


def _budget(session: Session, clinic: Clinic, now: datetime) -> _Budget:
    per_second, cap = clinic.settings.get("segments_per_second"), clinic.settings.get("daily_segments")
    return _Budget(
        per_second=per_second,
        pace=_pace(session, clinic, now) if per_second else None,
        cap=cap,
        spend=_spend_of(session, clinic, now) if cap is not None else None,
    )


def _pace(session: Session, clinic: Clinic, now: datetime) -> LinePace:
    insert_once(session, LinePace(clinic_id=clinic.id, free_at=now), LinePace.clinic_id)
    return session.scalars(select(LinePace).where(LinePace.clinic_id == clinic.id).with_for_update()).one()


def _spend_of(session: Session, clinic: Clinic, now: datetime) -> DailySpend:
    day = now.astimezone(ZoneInfo(known_zone(clinic.zone))).date().isoformat()
    row = DailySpend(clinic_id=clinic.id, day=day, segments=0)
    insert_once(session, row, DailySpend.clinic_id, DailySpend.day)
    mine = (DailySpend.clinic_id == clinic.id, DailySpend.day == day)
    return session.scalars(select(DailySpend).where(*mine).with_for_update()).one()

"""A clinic's own limits on what it sends, kept in the claim: so many segments a second, so many a day.

`settings["segments_per_second"]` paces reminders and bulk on each of the clinic's numbers (a long number carries about
one segment a second; one of `other_senders` may name its own); each that is too early keeps its place in the line.
`settings["daily_segments"]` caps what a day may cost; what is urgent goes all the same. Segments are counted, not
messages: a text of four parts costs four, a call what it costs beside a segment (`settings["costs"]`). What the carrier
asked to bring later is counted once. When the cap holds the first message of a day, a person is told.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.events import record_event
from app.core.log import logger
from app.core.models import Clinic
from app.messaging.busy_lines import BusyLines
from app.messaging.gate import put_back
from app.messaging.models import DailySpend, LinePace, Message
from app.messaging.quiet_hours import known_zone
from app.messaging.rules import USUAL_COSTS, MessageState, Priority, Reason, Verdict, free_after
from app.messaging.senders import pace_of
from app.messaging.store import insert_once
from channels.base import Channel

LOOK_AGAIN = timedelta(minutes=15)  # a capped message: the cap may be raised, and tomorrow is another day
A_MOMENT = timedelta(seconds=15)
PACED = (Priority.REMINDER, Priority.BULK)
WARN_AT = 0.8
CAP_REACHED = "spend_cap_reached"


@dataclass
class _Budget:
    """One clinic's limits and where it stands, its rows held until the claim commits. None: no such limit."""

    clinic: Clinic
    cap: int | None
    spend: DailySpend | None
    busy: frozenset[str]  # our numbers that the claim knew to have no room
    paces: dict[str, LinePace] = field(default_factory=dict)  # by our number


def within_budgets(
    session: Session,
    messages: Sequence[Message],
    clinics: Mapping[int, Clinic],
    *,
    senders: Mapping[int, str | None],
    busy: BusyLines,
    now: datetime,
) -> list[Message]:
    """Those of the claimed `messages` that their clinic's limits let go now. The others are put back. `senders` are the
    numbers they would leave from, by the message's id; `busy` are those the claim meant to leave alone."""
    whose = sorted({message.clinic_id for message in messages})
    budgets = {clinic_id: _budget(session, clinics[clinic_id], busy, now) for clinic_id in whose}
    return [
        message for message in messages if _fits(session, message, budgets[message.clinic_id], senders[message.id], now)
    ]


def _fits(session: Session, message: Message, budget: _Budget, sender: str | None, now: datetime) -> bool:
    verdict = _capped(message, budget, now) or _too_early(session, message, budget, sender, now)
    if verdict is not None:
        if verdict.reason == Reason.SPEND_CAP:
            _tell(session, budget, now)
        put_back(message, verdict, now=now)
    elif budget.spend is not None and not message.put_off:
        _spend(budget.spend, _weight(message, budget.clinic), budget.cap or 0)
    return verdict is None


def _weight(message: Message, clinic: Clinic) -> int:
    """In segments."""
    if message.channel != Channel.VOICE:
        return message.segments or 1
    costs = {**USUAL_COSTS, **clinic.settings.get("costs", {})}
    return max(1, math.ceil(costs["voice"] / costs["sms"])) if costs["sms"] else 1


def _capped(message: Message, budget: _Budget, now: datetime) -> Verdict | None:
    is_owed = message.priority == Priority.URGENT or not message.needs_consent  # STOP and HELP are always answered
    if budget.spend is None or budget.cap is None or message.put_off or is_owed:
        return None
    if budget.spend.segments + _weight(message, budget.clinic) <= budget.cap:
        return None
    return Verdict(MessageState.PENDING, Reason.SPEND_CAP, now + LOOK_AGAIN)


def _too_early(
    session: Session, message: Message, budget: _Budget, sender: str | None, now: datetime
) -> Verdict | None:
    """It keeps its place: the next claim leaves it alone until its line is free. One that came although its line was
    known to be busy, bound for a destination of its own, would come again at once: it waits a moment."""
    per_second = pace_of(budget.clinic.settings, sender)
    if message.channel != Channel.SMS or not per_second:
        return None
    pace = _pace(session, budget, sender or "", now)
    if message.priority in PACED and pace.free_at > now:
        is_astray = (sender or "") in budget.busy
        return Verdict(MessageState.PENDING, Reason.PACED, now + A_MOMENT if is_astray else message.due_at)
    takes = timedelta(seconds=(message.segments or 1) / per_second)
    pace.free_at = free_after(pace.free_at, message.due_at or now, now=now, takes=takes)
    return None


def _spend(spend: DailySpend, segments: int, cap: int) -> None:
    before, spend.segments = spend.segments, spend.segments + segments
    if before < WARN_AT * cap <= spend.segments:
        logger("messaging").warning("spend_near_cap", clinic_id=spend.clinic_id, segments=spend.segments, cap=cap)


def _tell(session: Session, budget: _Budget, now: datetime) -> None:
    """Once a day: what sits above hears that reminders wait."""
    spend = budget.spend
    if spend is not None and spend.capped_at is None:
        spend.capped_at = now
        record_event(session, CAP_REACHED, clinic_id=spend.clinic_id, subject_id=spend.id, now=now)


def _budget(session: Session, clinic: Clinic, busy: BusyLines, now: datetime) -> _Budget:
    cap, known = clinic.settings.get("daily_segments"), busy.of(clinic.id)
    spend = _spend_of(session, clinic, now) if cap is not None else None
    return _Budget(clinic, cap, spend, known.numbers if known else frozenset())


def _pace(session: Session, budget: _Budget, sender: str, now: datetime) -> LinePace:
    if sender not in budget.paces:
        mine = (LinePace.clinic_id == budget.clinic.id, LinePace.sender == sender)
        row = LinePace(clinic_id=budget.clinic.id, sender=sender, free_at=now)
        insert_once(session, row, LinePace.clinic_id, LinePace.sender)
        budget.paces[sender] = session.scalars(select(LinePace).where(*mine).with_for_update()).one()
    return budget.paces[sender]


def spent_today(session: Session, clinic: Clinic, now: datetime) -> int:
    """Segments handed over on the clinic's day so far, where it has a cap."""
    mine = (DailySpend.clinic_id == clinic.id, DailySpend.day == _day(clinic, now))
    return session.scalar(select(DailySpend.segments).where(*mine)) or 0


def _spend_of(session: Session, clinic: Clinic, now: datetime) -> DailySpend:
    row = DailySpend(clinic_id=clinic.id, day=_day(clinic, now), segments=0, capped_at=None)
    insert_once(session, row, DailySpend.clinic_id, DailySpend.day)
    mine = (DailySpend.clinic_id == clinic.id, DailySpend.day == row.day)
    return session.scalars(select(DailySpend).where(*mine).with_for_update()).one()


def _day(clinic: Clinic, now: datetime) -> str:
    return now.astimezone(ZoneInfo(known_zone(clinic.zone))).date().isoformat()

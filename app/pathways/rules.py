"""Due steps: how they end, and the pure arithmetic of when they fall due.

Days are counted on the patient's wall clock, so that "three days before" keeps its hour across a clock change; minutes
are counted on the real clock. A moment inside quiet hours is moved, never dropped: to their end when that still leaves
time, else to the evening before. A step whose moment has passed when it is planned (a late booking) is caught up at
once, one step per anchor, as long as it is still useful and no other step follows within the hour.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class DueState(StrEnum):
    """Every due step ends as sent, skipped, cancelled or missed, with a reason."""

    WAITING = "waiting"
    ON_LADDER = "on_ladder"  # reached out; waiting for an answer or the next rung
    SENT = "sent"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    MISSED = "missed"


class EnrolmentState(StrEnum):
    ACTIVE = "active"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Anchor(StrEnum):
    """What a pathway's times are counted from."""

    APPOINTMENT_START = "appointment_start"
    ENROLLED = "enrolled"


class Action(StrEnum):
    """What a step does."""

    REMIND = "remind"  # say the appointment and ask for 1, 2, 3 or 9
    RECALL = "recall"  # say the appointment once more, shortly before
    ASK = "ask"  # ask a questionnaire


class RungKind(StrEnum):
    """`other_sender` is a text from another number of the clinic's, by that number's carrier."""

    SMS = "sms"
    OTHER_SENDER = "other_sender"
    VOICE = "voice"
    TICKET = "ticket"

    @property
    def channel(self) -> str:
        return RungKind.SMS.value if self is RungKind.OTHER_SENDER else self.value


GAP = timedelta(hours=1)  # nobody is reached twice within it by one pathway
MOST_QUIET_DAYS = 60  # steps out of nights and days that follow each other; then the moment stands as it is
EVENING_LEAD = timedelta(hours=1)  # "the evening before" is this long before quiet hours begin


@dataclass(frozen=True)
class Quiet:
    """Local times between which nobody is disturbed (equal ones mean never), and local days that are quiet all day."""

    begin: time
    until: time
    days: Container[date] = frozenset()

    @classmethod
    def between(cls, begin: str, until: str, days: Container[date] = frozenset()) -> Quiet:
        return cls(time.fromisoformat(begin), time.fromisoformat(until), days)

    def is_night(self, clock: time) -> bool:
        if self.begin <= self.until:
            return self.begin <= clock < self.until
        return clock >= self.begin or clock < self.until


@dataclass(frozen=True)
class Offset:
    """A distance from the anchor: calendar days, then minutes; at a fixed local time when `at` is given."""

    days: int = 0
    minutes: int = 0
    at: time | None = None


@dataclass(frozen=True)
class Timing:
    """When a step is due, until when it is still useful, and until when its ladder may be climbed."""

    key: str
    offset: Offset
    not_after: Offset
    ladder_until: Offset


@dataclass(frozen=True)
class Planned:
    """A step with its moments. `skipped` says why it will not happen; then `due_at` is only when it would have been."""

    key: str
    planned_at: datetime
    due_at: datetime
    not_after: datetime
    skipped: str | None = None


@dataclass(frozen=True)
class Place:
    """Whose clock rules: the zone of the patient and the quiet hours of the clinic."""

    zone: str
    quiet: Quiet


def pick_zone(*candidates: str | None) -> str:
    """The first zone that is given and exists: the patient's, the site's, the clinic's."""
    for name in candidates:
        if name and _exists(name):
            return name
    return "UTC"


def _exists(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def moment_from(anchor: datetime, offset: Offset, zone: str) -> datetime:
    """The moment `offset` away from `anchor`. A local time skipped by a clock change becomes the one an hour later,
    one that happens twice is taken the first time."""
    local = anchor.astimezone(ZoneInfo(zone))
    if offset.days or offset.at is not None:
        day = local.date() + timedelta(days=offset.days)
        clock = offset.at or local.time()
        local = datetime.combine(day, clock.replace(tzinfo=None, fold=0), tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC) + timedelta(minutes=offset.minutes)


def is_quiet(moment: datetime, place: Place) -> bool:
    """Whether nobody is to be disturbed at `moment`; the end of quiet hours is no longer quiet."""
    local = moment.astimezone(ZoneInfo(place.zone))
    return place.quiet.is_night(local.time()) or local.date() in place.quiet.days


def leave_quiet(moment: datetime, place: Place) -> datetime:
    """`moment`, or the end of the quiet hours and days it lies in."""
    for _ in range(MOST_QUIET_DAYS):
        if not is_quiet(moment, place):
            break
        local = moment.astimezone(ZoneInfo(place.zone))
        at = place.quiet.until if place.quiet.is_night(local.time()) else time()
        tomorrow = local.time() >= at  # the night that is over today began yesterday
        moment = _at(local.date() + timedelta(days=int(tomorrow)), at, place)
    return moment


def before_quiet(moment: datetime, place: Place) -> datetime:
    """`moment`, or an hour before the quiet hours and days it lies in began."""
    began = moment
    for _ in range(MOST_QUIET_DAYS):
        if not is_quiet(began, place):
            break
        local = began.astimezone(ZoneInfo(place.zone))
        if place.quiet.is_night(local.time()):
            day = local.date() - timedelta(days=int(local.time() < place.quiet.begin))
            began = _at(day, place.quiet.begin, place) - EVENING_LEAD
        else:
            began = _at(local.date(), time(), place) - EVENING_LEAD
    return began


def _at(day: date, clock: time, place: Place) -> datetime:
    return datetime.combine(day, clock, tzinfo=ZoneInfo(place.zone)).astimezone(UTC)


def waking_moment(moment: datetime, latest: datetime, place: Place) -> datetime:
    """`moment` moved out of quiet hours: forward when that is not after `latest`, else to the evening before."""
    later = leave_quiet(moment, place)
    return later if later <= latest else before_quiet(moment, place)


def plan_steps(timings: Sequence[Timing], anchor: datetime, now: datetime, place: Place) -> list[Planned]:
    """Every step of a pathway for one anchor, in the order they fall due, late ones caught up or skipped."""
    steps = sorted((_plan(timing, anchor, place) for timing in timings), key=lambda step: step.due_at)
    late = [step for step in steps if step.due_at < now]
    for step in late[:-1]:
        steps[steps.index(step)] = _skip(step, "overtaken")
    if late:
        after = next((step.due_at for step in steps if step.due_at >= now), None)
        steps[steps.index(late[-1])] = _catch_up(late[-1], now, after, place)
    return steps


def _plan(timing: Timing, anchor: datetime, place: Place) -> Planned:
    planned = moment_from(anchor, timing.offset, place.zone)
    latest = moment_from(anchor, timing.not_after, place.zone)
    return Planned(timing.key, planned, waking_moment(planned, latest, place), latest)


def _catch_up(step: Planned, now: datetime, following: datetime | None, place: Place) -> Planned:
    due = leave_quiet(now, place)
    if due > step.not_after:
        return _skip(step, "too_late")
    if following is not None and due + GAP > following:
        return _skip(step, "overtaken")
    return Planned(step.key, step.planned_at, due, step.not_after)


def _skip(step: Planned, reason: str) -> Planned:
    return Planned(step.key, step.planned_at, step.due_at, step.not_after, reason)


def next_rung_at(now: datetime, within: timedelta, latest: datetime, place: Place) -> datetime | None:
    """When the next rung is climbed if nobody answers: after `within`, sooner when the anchor is near, never in quiet
    hours; None when no moment is left that gives the patient an hour to answer."""
    wanted = min(now + within, latest)
    moment = waking_moment(wanted, latest, place)
    return moment if moment >= now + GAP else None

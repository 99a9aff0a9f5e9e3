"""The desk's figures for one clinic: its queues now, and how fast people were answered over the last weeks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.appointments.models import Appointment, Site
from app.core.locale import language_of
from app.core.models import Clinic
from app.reports.rules import Episode, Fact, Spread, ages, episodes, spread
from app.support.calendars import desk_hours
from app.support.hours import Hours, open_time_between
from app.support.models import Ticket, TicketEvent
from app.support.rules import TicketState


@dataclass(frozen=True)
class Now:
    """The queues at this moment, and the load by local hour over the last four weeks."""

    waiting: int
    held: int
    snoozed: int
    late: int
    oldest: datetime | None
    ages: list[tuple[str, int]]
    by_hour: list[tuple[str, int]]


@dataclass(frozen=True)
class Line:
    """One group of episodes: a week, a language, a site."""

    name: str
    episodes: int
    answer: Spread
    answer_open: Spread  # counted in the desk's open hours
    close: Spread
    late: int
    again: int


@dataclass(frozen=True)
class DeskReport:
    now: Now
    weeks: list[Line]
    languages: list[Line]
    sites: list[Line]
    reasons: list[tuple[str, int]]


@dataclass(frozen=True)
class Told:
    """One episode with what it is grouped by."""

    episode: Episode
    reason: str
    language: str
    site: str
    week: str


def desk_report(session: Session, clinic: Clinic, now: datetime, *, weeks: int = 4) -> DeskReport:
    """Everything from event rows; an empty desk gives empty lines."""
    hours, since = desk_hours(clinic), now - timedelta(weeks=weeks)
    told = _told(session, clinic, since)
    return DeskReport(
        now=_now(session, clinic, now, since),
        weeks=_lines(told, "week", hours),
        languages=_lines(told, "language", hours),
        sites=_lines((each for each in told if each.site), "site", hours),
        reasons=Counter(each.reason for each in told if not each.episode.is_again).most_common(),
    )


def _now(session: Session, clinic: Clinic, now: datetime, since: datetime) -> Now:
    alive = session.scalars(
        select(Ticket).where(Ticket.clinic_id == clinic.id, Ticket.state != TicketState.CLOSED)
    ).all()
    waiting = [ticket for ticket in alive if ticket.state == TicketState.OPEN]
    return Now(
        waiting=len(waiting),
        held=sum(ticket.state == TicketState.CLAIMED for ticket in alive),
        snoozed=sum(ticket.state == TicketState.SNOOZED for ticket in alive),
        late=sum(_is_late(ticket, now) for ticket in alive),
        oldest=min((ticket.created_at for ticket in waiting), default=None),
        ages=ages((ticket.created_at for ticket in waiting), now),
        by_hour=_by_hour(session, clinic, since),
    )


def _is_late(ticket: Ticket, now: datetime) -> bool:
    return any(
        due is not None and due <= now for due in (ticket.claim_due_at, ticket.answer_due_at, ticket.close_due_at)
    )


def _by_hour(session: Session, clinic: Clinic, since: datetime) -> list[tuple[str, int]]:
    """When work comes in: tickets opened and words of patients, by the clinic's clock."""
    wanted = select(TicketEvent.at).join(Ticket, Ticket.id == TicketEvent.ticket_id)
    wanted = wanted.where(
        Ticket.clinic_id == clinic.id, TicketEvent.at >= since, TicketEvent.kind.in_(("opened", "patient_wrote"))
    )
    counts = Counter(moment.astimezone(ZoneInfo(clinic.zone)).hour for moment in session.scalars(wanted))
    return [(f"{hour:02d}", counts[hour]) for hour in range(24)]


def _told(session: Session, clinic: Clinic, since: datetime) -> list[Told]:
    facts: dict[int, list[Fact]] = defaultdict(list)
    tickets: dict[int, tuple[Ticket, str]] = {}
    for ticket, event, site in session.execute(_events(clinic.id, since)):
        tickets[ticket.id] = (ticket, site or "")
        facts[ticket.id].append(Fact(event.kind, event.at, event.message_id, event.details.get("outcome")))
    return [
        Told(
            episode=episode,
            reason=ticket.reason,
            language=language_of(ticket.locale),
            site=site,
            week=_week(episode.opened_at, clinic.zone),
        )
        for ticket, site in tickets.values()
        for episode in episodes(facts[ticket.id])
        if episode.opened_at >= since
    ]


def _events(clinic_id: int, since: datetime):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a statement
    recent = select(TicketEvent.ticket_id).where(TicketEvent.at >= since)
    return (
        select(Ticket, TicketEvent, Site.name)
        .join(TicketEvent, TicketEvent.ticket_id == Ticket.id)
        .outerjoin(Appointment, Appointment.id == Ticket.appointment_id)
        .outerjoin(Site, Site.id == Appointment.site_id)
        .where(Ticket.clinic_id == clinic_id, Ticket.id.in_(recent))
        .order_by(Ticket.id, TicketEvent.at, TicketEvent.id)
    )


def _week(moment: datetime, zone: str) -> str:
    """The Monday the week began with, as people there count days."""
    day = moment.astimezone(ZoneInfo(zone)).date()
    return (day - timedelta(days=day.weekday())).isoformat()


def _lines(told: Iterable[Told], by: str, hours: Hours) -> list[Line]:
    groups: dict[str, list[Episode]] = defaultdict(list)
    for each in told:
        groups[getattr(each, by)].append(each.episode)
    return [_line(name, groups[name], hours) for name in sorted(groups)]


def _line(name: str, group: list[Episode], hours: Hours) -> Line:
    answered = [(each.opened_at, each.answered_at) for each in group if each.answered_at]
    return Line(
        name=name,
        episodes=len(group),
        answer=spread(end - start for start, end in answered),
        answer_open=spread(open_time_between(start, end, hours) for start, end in answered),
        close=spread(each.closed_at - each.opened_at for each in group if each.closed_at),
        late=sum(each.was_late for each in group),
        again=sum(each.is_again for each in group),
    )

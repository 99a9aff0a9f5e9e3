"""What settings of the desk do, in sentences: when a ticket that opens now is due, who takes it, who hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.locale import language_of
from app.core.models import Clinic
from app.patients.models import Patient
from app.staff.rules import PERMISSIONS, Permission
from app.staff.store import accounts_of, roles_of
from app.support.calendars import hours_from
from app.support.deadlines import due_at, targets_of
from app.support.hours import after_open_time, is_open
from app.support.models import Queue
from app.support.rules import Rung, Topic, Urgency, climbs_of, needs_of
from app.support.sentences import TOPIC_SENTENCES, URGENCY_SENTENCES
from app.support.store import queues_of
from app.web.desk.listing import queue_words
from app.web.shell.here import now, say
from app.web.shell.language import offered
from app.web.shell.words import exact, language_words

DAY_SENTENCES: Mapping[str, str] = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}

LADDER_SENTENCES: Mapping[Rung, str] = {
    Rung.REMIND: "At once the holder is reminded.",
    Rung.RELEASE: "After {minutes} min it goes back to the top of the queue.",
    Rung.SUPERVISOR: "After {minutes} min supervisors are told.",
    Rung.ON_CALL: "After {minutes} min the on-call phone is alerted.",
}
PROVINCE_SENTENCES: Mapping[str, str] = {
    "AB": "Alberta",
    "BC": "British Columbia",
    "MB": "Manitoba",
    "NB": "New Brunswick",
    "NL": "Newfoundland and Labrador",
    "NS": "Nova Scotia",
    "NT": "Northwest Territories",
    "NU": "Nunavut",
    "ON": "Ontario",
    "PE": "Prince Edward Island",
    "QC": "Quebec",
    "SK": "Saskatchewan",
    "YT": "Yukon",
}


@dataclass(frozen=True)
class QueueLine:
    """One queue in the list, and what it takes."""

    id: int
    name: str
    topic: str
    takes: str
    people: int


@dataclass(frozen=True)
class Promise:
    """What is promised for tickets of one urgency that open now."""

    urgency: str
    words: str
    dues: tuple[str, str, str]
    ladder: tuple[str, ...]


def hours_words(settings: Mapping[str, Any], clinic: Clinic) -> str:
    """Open now or not, and when an hour of open time from now has passed."""
    hours = hours_from(settings, zone=clinic.zone, province=clinic.province)
    due = exact(after_open_time(now(), timedelta(hours=1), hours), clinic.zone)
    if is_open(now(), hours):
        return say("The desk is open now. One open hour from now ends {time}.", time=due)
    return say("The desk is closed now. One open hour from now ends {time}.", time=due)


def queue_lines(session: Session, clinic: Clinic) -> list[QueueLine]:
    return [
        QueueLine(
            each.id, queue_words(each), say(TOPIC_SENTENCES[Topic(each.topic)]), takes_words(each.settings),
            people_for(session, each),
        )
        for each in queues_of(session, clinic.id)
    ]  # fmt: skip


def takes_words(settings: Mapping[str, Any]) -> str:
    """Which tickets of its topic come here."""
    tongues = [language_words(tag) for tag in settings.get("languages", ())]
    levels = [say(URGENCY_SENTENCES[Urgency(each)]) for each in settings.get("urgencies", ())]
    return ", ".join([*tongues, *levels]) or say("all tickets")


def people_for(session: Session, queue: Queue) -> int:
    """How many colleagues may take its tickets: their role, their queues, the skills that never relax."""
    needed = set(needs_of(queue.settings).skills)
    if queue.topic == Topic.CLINICAL:
        needed.add(Topic.CLINICAL.value)
    return sum(
        account.disabled_at is None
        and any(Permission.WORK_TICKETS in PERMISSIONS[role] for role in roles_of(session, account.id))
        and (account.settings.get("queues") is None or queue.id in account.settings["queues"])
        and needed <= set(account.skills)
        for account in accounts_of(session, queue.clinic_id)
    )


def promises(settings: Mapping[str, Any], clinic: Clinic) -> list[Promise]:
    return [_promise(settings, clinic, urgency) for urgency in Urgency]


def _promise(settings: Mapping[str, Any], clinic: Clinic, urgency: Urgency) -> Promise:
    targets, climbs = targets_of(settings, urgency), climbs_of(settings, urgency)
    dues = (due_at(now(), amount, targets, clinic) for amount in (targets.claim, targets.answer, targets.close))
    claim, answer, close = (exact(due, clinic.zone) for due in dues)
    rungs = [
        say(LADDER_SENTENCES[rung], minutes=int((number * climbs.wait).total_seconds()) // 60)
        for number, rung in enumerate(climbs.rungs)
    ]
    return Promise(urgency.value, say(URGENCY_SENTENCES[urgency]), (claim, answer, close), tuple(rungs))


def languages_of(session: Session, clinic: Clinic) -> list[tuple[str, str]]:
    """Of our pages and of the clinic's patients."""
    spoken = session.scalars(select(Patient.locale).where(Patient.clinic_id == clinic.id).distinct())
    tags = {tag for tag, _ in offered()} | {language_of(each) for each in spoken}
    return [(tag, language_words(tag)) for tag in sorted(tags)]

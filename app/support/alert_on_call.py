"""The on-call phone: a text and a call that say a ticket waits, and nothing about the patient."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.core.locale import say_time, translator
from app.core.models import Clinic
from app.messaging.models import Message
from app.messaging.queue_message import Draft, queue_message
from app.messaging.rules import MessageClass, Priority
from app.support.models import Queue, Ticket

GOOD_FOR = timedelta(hours=4)
CHANNELS = ("sms", "voice")


def alert_on_call(session: Session, ticket: Ticket, *, now: datetime, why: str) -> list[Message]:
    """To each on-call number of the queue, else of the clinic (`{"on_call": ["+1..."]}`); none set, none told.

    `why` makes the alert once: the same ticket and reason again queues nothing new.
    """
    clinic, queue = session.get_one(Clinic, ticket.clinic_id), session.get_one(Queue, ticket.queue_id)
    words = _words(clinic, ticket)
    return [
        queue_message(session, _draft(clinic, ticket, number, channel, words, why=why, now=now), now=now)
        for number in on_call_numbers(queue.settings, clinic.settings)
        for channel in CHANNELS
    ]


def on_call_numbers(*settings: Mapping[str, Any]) -> list[str]:
    """From the first that names any."""
    return next((list(each["on_call"]) for each in settings if each.get("on_call")), [])


def _words(clinic: Clinic, ticket: Ticket) -> str:
    say = translator(clinic.locale)
    since = say_time(ticket.created_at, zone=clinic.zone, locale=clinic.locale)
    return say("Farline, {clinic}: an urgent ticket has waited since {time}. Please open the desk now.").format(
        clinic=clinic.name, time=since
    )


def _draft(clinic: Clinic, ticket: Ticket, number: str, channel: str, words: str, *, why: str, now: datetime) -> Draft:
    return Draft(
        clinic_id=clinic.id, channel=channel, address=number, body=words, locale=clinic.locale, purpose="staff_alert",
        cause=f"alert:{ticket.id}:{why}:{channel}:{number}", class_=MessageClass.URGENT, priority=Priority.URGENT,
        not_after=now + GOOD_FOR, obeys_quiet_hours=False, needs_consent=False,
    )  # fmt: skip

"""What is pushed through a town: patients' answers over the signed webhook, and reminders into the outbox."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from app.core.models import Clinic
from app.messaging.queue_message import Draft, queue_messages
from app.messaging.rules import MessageClass, Priority
from app.patients.models import ContactPoint
from bench.clinic import SENDER, phone_of
from tests.gateway.posting import post
from tests.gateway.standin import ACCOUNT, TOKEN
from tests.scale.town import Town

ANSWERS = ("Marie", "March 14, 1984", "1", "Pine Narrows")  # to the first questions of the intake, one a round
HANDS = 6  # posts at once
AT_ONCE = 500  # reminders in one commit
GIVE_UP_S = 120.0


@dataclass
class Pushed:
    """What the carrier and the campaign know of: ids of texts taken, every status seen, reminders queued."""

    taken: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    queued: list[str] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)


def push(town: Town, count: int, pushed: Pushed) -> None:
    """Push `count` texts in and `count` reminders out; sets `pushed.done` at the end, whatever came of it."""
    try:
        with ThreadPoolExecutor(1) as campaign:
            sending = campaign.submit(_queue_reminders, town, count, pushed)
            _post_answers(town, count, pushed)
            sending.result()
    finally:
        pushed.done.set()


def patients_for(count: int) -> int:
    """Each patient gives as many answers as there are rounds."""
    return -(-count // len(ANSWERS))


def keep_awake(town: Town) -> None:
    """No quiet hours: the town is measured at any time of day."""
    database = town.database
    with database.write() as session:
        session.execute(update(Clinic).values(quiet_from="00:00", quiet_until="00:00"))
    database.close()


def _post_answers(town: Town, count: int, pushed: Pushed) -> None:
    """Round by round, as a patient answers one question after the other."""
    patients, left = patients_for(count), count
    with ThreadPoolExecutor(HANDS) as hands:
        for turn, words in enumerate(ANSWERS):
            some = min(patients, left)
            left -= some
            list(hands.map(partial(_post, town, turn, words, pushed), range(some)))


def _post(town: Town, turn: int, words: str, pushed: Pushed, number: int) -> None:
    """As a carrier does: again and again until it is taken."""
    fields = {
        "MessageSid": f"SM{turn:02d}{number:030d}",
        "AccountSid": ACCOUNT,
        "From": phone_of(number),
        "To": SENDER,
        "Body": words,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
    }
    give_up_at = time.monotonic() + GIVE_UP_S
    while time.monotonic() < give_up_at:
        status, _ = post(f"{town.public_url}/carriers/line/text", fields, TOKEN)
        pushed.statuses[status] += 1
        if status == 200:
            pushed.taken.append(fields["MessageSid"])
            return
        time.sleep(0.2)


def _queue_reminders(town: Town, count: int, pushed: Pushed) -> None:
    """A commit cut off by a crash is made again: a cause is queued once, however often it is told."""
    database = town.database
    for some in _drafts(town, count):
        give_up_at = time.monotonic() + GIVE_UP_S
        while True:
            try:
                with database.write() as session:
                    queue_messages(session, some, now=datetime.now(UTC))
                break
            except DBAPIError:
                if time.monotonic() > give_up_at:
                    raise
                time.sleep(0.2)
        pushed.queued += [draft.cause for draft in some]
    database.close()


def _drafts(town: Town, count: int) -> Iterator[list[Draft]]:
    database, patients = town.database, patients_for(count)
    with database.read() as session:
        clinic_id = session.scalars(select(Clinic.id)).one()
        rows = session.execute(select(ContactPoint.patient_id, ContactPoint.id).order_by(ContactPoint.id)).all()
    database.close()
    for first in range(0, count, AT_ONCE):
        yield [
            Draft(
                clinic_id=clinic_id,
                channel="sms",
                address=phone_of(number % patients),
                purpose="reminder",
                cause=f"scale:{number}",
                body=f"Reminder number {number}",
                class_=MessageClass.REMINDER,
                priority=Priority.BULK,
                patient_id=rows[number % patients].patient_id,
                contact_point_id=rows[number % patients].id,
            )
            for number in range(first, min(first + AT_ONCE, count))
        ]

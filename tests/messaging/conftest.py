"""A clinic, a patient who gave consent, a carrier that does as it is told, and the ground they stand on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import count

import pytest

from app.core.clock import FrozenClock
from app.core.database import Database
from app.core.ground import Ground
from app.messaging.models import Message
from app.messaging.queue_message import Draft, queue_message
from tests.messaging.carrier import ScriptedCarrier
from tests.messaging.people import make_clinic, make_patient

PHONE = "+13065550155"


@pytest.fixture
def carrier() -> ScriptedCarrier:
    return ScriptedCarrier()


@pytest.fixture
def ground(database: Database, clock: FrozenClock, carrier: ScriptedCarrier) -> Ground:
    return Ground(database, clock, {carrier.name: carrier.built()}, "https://farline.test")


@pytest.fixture
def second(ground):
    """Another carrier beside the first, and the ground they both stand on."""
    other = ScriptedCarrier(name="second")
    return other, replace(ground, carriers={**ground.carriers, "second": other.built()})


@pytest.fixture
def clinic(ground: Ground) -> int:
    with ground.database.write() as session:
        return make_clinic(session).id


@pytest.fixture
def patient(ground: Ground, clinic: int) -> int:
    with ground.database.write() as session:
        return make_patient(session, clinic, PHONE, now=ground.clock.now()).id


@pytest.fixture
def queue(ground: Ground, clinic: int):
    """Queue one message to PHONE, whatever is not said being ordinary; gives its id."""
    causes = count()

    def queue(**said) -> int:
        usual = {
            "clinic_id": clinic,
            "channel": "sms",
            "address": PHONE,
            "purpose": "reply",
            "cause": f"test:{next(causes)}",
            "body": "Hello",
        }
        with ground.database.write() as session:
            return queue_message(session, Draft(**{**usual, **said}), now=ground.clock.now()).id

    return queue


@pytest.fixture
def message(ground: Ground):
    """A message as it stands now."""

    def read(message_id: int) -> Message:
        with ground.database.read() as session:
            row = session.get_one(Message, message_id)
            session.expunge(row)
            return row

    return read


@pytest.fixture
def at(clock: FrozenClock):
    """Set the clock to a moment on a wall somewhere, e.g. `at("2026-12-01T21:30-06:00")`."""

    def set_clock(moment: str) -> None:
        clock.at = datetime.fromisoformat(moment)

    return set_clock

"""A clinic with its queues, two agents, a patient who gave consent, and the ground they stand on."""

from __future__ import annotations

import pytest

from app.core.clock import FrozenClock
from app.core.database import Database
from app.core.ground import Ground
from app.staff.models import StaffAccount
from app.support.claim_ticket import Hand
from tests.messaging.people import make_clinic, make_patient
from tests.support.desk import Desk

PHONE = "+13065550155"


@pytest.fixture
def ground(database: Database, clock: FrozenClock) -> Ground:
    return Ground(database, clock, {}, "https://farline.test")


@pytest.fixture
def desk(ground: Ground) -> Desk:
    """The desk of one clinic, with `ann` and `ben` at it."""
    with ground.database.write() as session:
        clinic = make_clinic(session)
        patient = make_patient(session, clinic.id, PHONE, now=ground.clock.now())
        staff = {}
        for login, skills in (("ann", ["clinical"]), ("ben", [])):
            account = StaffAccount(
                clinic_id=clinic.id, login=login, name=login.title(), locale="en", languages={"en": "converse"},
                skills=skills, created_at=ground.clock.now(),
            )  # fmt: skip
            session.add(account)
            staff[login] = account.id
    return Desk(ground, clinic.id, patient.id, PHONE, staff)


@pytest.fixture
def ann(desk: Desk) -> Hand:
    return desk.hand("ann")


@pytest.fixture
def ben(desk: Desk) -> Hand:
    return desk.hand("ben")

"""A small clinic behind the real application, and a patient's browser at the page behind a link."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core.clock import FrozenClock
from app.core.database import Database
from app.core.models import Clinic
from app.core.wake import Waker
from app.factory import create_app
from app.intake.begin_response import begin_response
from app.intake.publish_questionnaire import publish_questionnaire
from app.intake.store import current_version
from app.patients.links import NewLink, create_link
from app.patients.models import Patient
from app.settings import Settings
from app.wiring import House
from tests.beds.small_clinic import SmallClinic, open_small_clinic

PHONE = "+13065550155"
BORN = {"birth.y": "1980", "birth.m": "5", "birth.d": "17"}
SMALL = {"Accept-Encoding": "br"}


@pytest.fixture
def clinic(database: Database, clock: FrozenClock) -> SmallClinic:
    return open_small_clinic(database, clock, has_library=True)


@pytest.fixture
def app(clinic: SmallClinic) -> Flask:
    return create_app(House(settings=Settings(public_url="https://farline.test"), ground=clinic.ground, waker=Waker()))


@dataclass
class Visitor:
    """A patient's browser at one link."""

    client: FlaskClient
    made: NewLink
    path: str = field(init=False)

    def __post_init__(self) -> None:
        self.path = f"/p/{self.made.token}"

    def get(self, query: str = "", **said: Any) -> TestResponse:
        return self.client.get(self.path + query, **said)

    def post(self, fields: dict[str, Any], query: str = "", **said: Any) -> TestResponse:
        return self.client.post(self.path + query, data=fields, **said)

    def prove(self, **said: Any) -> TestResponse:
        """Say who we are; gives the form."""
        proved = self.post(BORN, **said)
        return self.client.get(proved.location, **said) if proved.status_code == 303 else proved


@pytest.fixture
def visit(app: Flask, clinic: SmallClinic):
    """Give a patient a link to a form of the library, or to `resource`, and open a browser."""

    def visit(name: str = "symptom-check-in", *, locale: str = "en-CA", resource: dict | None = None) -> Visitor:
        now = clinic.clock.now()
        patient_id = clinic.patient(PHONE, locale=locale)
        with clinic.ground.database.write() as session:
            if resource is not None:
                publish_questionnaire(session, session.get_one(Clinic, clinic.clinic_id), resource, name=name, now=now)
            patient = session.get_one(Patient, patient_id)
            version = current_version(session, clinic.clinic_id, name)
            response = begin_response(session, patient, version, locale, now)
            made = create_link(
                session, patient, purpose="response", response_id=response.id, locale=locale, now=now
            )  # fmt: skip
            session.expunge(made.link)
        return Visitor(app.test_client(), made)

    return visit


def size_of(response: TestResponse) -> int:
    """Bytes of the packed body, which must unpack to a page."""
    assert response.headers["Content-Encoding"] == "br"
    assert brotli.decompress(response.data)
    return len(response.data)

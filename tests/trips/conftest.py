"""The real application over a small clinic: signed webhooks in, a tick, what the phone shows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core.clock import FrozenClock
from app.core.database import Database
from app.core.wake import Waker
from app.factory import create_app
from app.settings import Settings
from app.wiring import House
from channels.simulator import phone
from channels.simulator.phone import SimulatedPhone
from channels.webhook import WebhookRequest
from tests.beds.small_clinic import SENDER, SmallClinic, open_small_clinic
from tests.records.conftest import record_bed, wire

__all__ = ["Town", "record_bed", "town", "wire"]


@dataclass
class Town:
    """The clinic, its application and the phones around it."""

    clinic: SmallClinic
    client: FlaskClient
    _ids: Any = None

    def __post_init__(self) -> None:
        self._ids = count()

    def phone(self, number: str) -> SimulatedPhone:
        return phone(self.clinic.carrier, number)

    def knock(self, request: WebhookRequest) -> TestResponse:
        """A carrier's request, as it arrives over HTTP."""
        url = urlsplit(request.url)
        headers = {name: value for name, value in request.headers.items() if name != "content-type"}
        target = url.path + (f"?{url.query}" if url.query else "")
        return self.client.open(
            target,
            method=request.method,
            data=request.body,
            headers=headers,
            content_type=request.headers.get("content-type"),
            base_url=f"{url.scheme}://{url.netloc}",
        )

    def text(self, number: str, words: str, *, message_id: str | None = None) -> TestResponse:
        message_id = message_id or f"SM-trip-{next(self._ids)}"
        return self.knock(self.phone(number).text(message_id, words, recipient=SENDER))


@pytest.fixture
def town(database: Database, clock: FrozenClock) -> Town:
    clinic = open_small_clinic(database, clock, has_library=True)
    house = House(settings=Settings(public_url="http://clinic.test"), ground=clinic.ground, waker=Waker())
    return Town(clinic, create_app(house).test_client())

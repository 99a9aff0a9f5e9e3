"""The real application on a real database, two clinics, and people who sign in."""

from __future__ import annotations

import pytest
from flask import Flask

from app.core.clock import FrozenClock
from app.core.database import Database
from app.core.ground import Ground
from app.core.wake import Waker
from app.factory import create_app
from app.settings import Settings
from app.staff.rules import Role
from app.wiring import House
from tests.web.clinics import Made, Person, make_desk


@pytest.fixture
def ground(database: Database, clock: FrozenClock) -> Ground:
    return Ground(database, clock, {}, "https://farline.test")


@pytest.fixture
def app(ground: Ground) -> Flask:
    return create_app(House(settings=Settings(public_url="https://farline.test"), ground=ground, waker=Waker()))


@pytest.fixture
def north(ground: Ground) -> Made:
    with ground.database.write() as session:
        return make_desk(session, "north", now=ground.clock.now())


@pytest.fixture
def south(ground: Ground) -> Made:
    with ground.database.write() as session:
        return make_desk(session, "south", now=ground.clock.now())


@pytest.fixture
def sign_in(app: Flask, ground: Ground):
    """Sign a role of a clinic in; gives the person's browser."""

    def sign_in(made: Made, role: Role = Role.AGENT) -> Person:
        person = Person(app, ground)
        person.client = app.test_client()
        person.client.environ_base["wsgi.url_scheme"] = "https"
        assert person.accept(made.tokens[role]).status_code == 302
        return person

    return sign_in

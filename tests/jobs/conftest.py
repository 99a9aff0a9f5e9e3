"""The ground of messaging's tests, and a house around it for the runners."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.core.clock import SystemClock
from app.core.ground import Ground
from app.core.wake import Waker
from app.settings import Settings
from app.wiring import House
from tests.messaging.conftest import carrier, clinic, ground, message, patient, queue

__all__ = ["carrier", "clinic", "ground", "message", "patient", "queue"]


@pytest.fixture
def make_house(ground: Ground, tmp_path: Path):
    """A house on this test's ground, in real time: runners wait for real."""

    def make(**settings: object) -> House:
        waker = Waker()
        running = replace(ground, clock=SystemClock(), wake=waker)
        return House(settings=Settings(home=tmp_path, **settings), ground=running, waker=waker)

    return make

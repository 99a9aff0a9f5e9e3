"""A small clinic for every pathway."""

from __future__ import annotations

import pytest

from app.core.clock import FrozenClock
from app.core.database import Database
from tests.beds.small_clinic import SmallClinic, open_small_clinic


@pytest.fixture
def clinic(database: Database, clock: FrozenClock) -> SmallClinic:
    return open_small_clinic(database, clock)

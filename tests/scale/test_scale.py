"""Promises P1, P2, P8 with everything at once: `make scale` does the same with 20,000 each way."""

from __future__ import annotations

import pytest

from tests.beds.parts import do_without
from tests.beds.postgres import find_postgres, start_postgres
from tests.scale.living import live_through

COUNT = 200

pytestmark = pytest.mark.slow


@pytest.fixture
def durable_postgres():
    binaries = find_postgres()
    if binaries is None:
        do_without("PostgreSQL")
    bed = start_postgres(binaries, durable=True)
    yield bed
    bed.stop()


def test_the_four_ledgers_agree_after_every_part_was_killed(durable_postgres, redis_bed, tmp_path):
    lived = live_through(tmp_path, durable_postgres, redis_bed, count=COUNT, every_s=2, strikes=5)
    assert lived.ledgers.disagreements == {}
    assert lived.ledgers.texts_in == COUNT
    assert lived.ledgers.texts_out >= 2 * COUNT, "the reminders, and a question after each answer"
    assert set(lived.deaths) == {"worker", "web", "redis", "postgresql"}
    assert set(lived.statuses) <= {200, 503, 0}, "a text that could not be kept was refused so that it came again"

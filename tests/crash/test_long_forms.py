"""The short forms of what `make torture` does at length: shuffled webhooks, and a steady trickle."""

from __future__ import annotations

import pytest

from app.core.ground import Ground
from tests.crash.shuffling import shuffle_webhooks
from tests.crash.soaking import PER_S, soak
from tests.messaging.carrier import ScriptedCarrier
from tests.messaging.people import make_clinic

pytestmark = pytest.mark.slow


def test_webhooks_doubled_shuffled_and_early_end_as_the_best_word_says(database, clock):
    carrier = ScriptedCarrier()
    ground = Ground(database, clock, {carrier.name: carrier.built()}, "https://farline.test")
    with database.write() as session:
        clinic = make_clinic(session).id
    shuffled = shuffle_webhooks(ground, carrier, clinic, texts=60)
    assert shuffled.webhooks > 200
    assert (shuffled.wrong_ends, shuffled.doubled) == ((), ())


def test_a_trickle_leaves_nothing_stuck_and_nothing_grown(field):
    soaked = soak(field, seconds=8)
    assert soaked.texts >= 6 * PER_S
    assert soaked.stuck_leases == 0
    assert soaked.wal_mb < 64
    assert soaked.growth < 0.25, "memory; the long form asks for 5 %, when a quarter of the time is minutes"

"""A running Kannel whose callbacks reach a carrier built for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from channels.registry import Surroundings, build_carriers
from tests.beds.parts import do_without
from tests.gateway.kannel import KannelBed, find_kannel, start_kannel
from tests.gateway.receiver import Receiver


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture(scope="module")
def kannel(tmp_path_factory, receiver) -> Iterator[KannelBed]:
    if not find_kannel():
        do_without("Kannel")
    bed = start_kannel(tmp_path_factory.mktemp("kannel"), receiver.url)
    receiver.carrier = build(bed.settings, receiver.url)
    yield bed
    bed.stop()


@pytest.fixture
def carrier(kannel, receiver):
    receiver.events.clear()
    receiver.statuses.clear()
    return receiver.carrier


def build(settings, url="https://clinic.example"):
    surroundings = Surroundings(url, clock=lambda: datetime.now(UTC))
    return build_carriers({"kannel": settings}, surroundings)["kannel"].text

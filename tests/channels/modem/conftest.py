"""A spool folder with a carrier on it, and the real smsd where this machine has it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from channels.registry import BuiltCarrier, Surroundings, build_carriers
from tests.beds.parts import do_without, find_smsd
from tests.gateway.smstools import FOLDERS, SmstoolsBed, start_smstools

NOW = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)


@pytest.fixture
def spool(tmp_path):
    for name in FOLDERS:
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def modem(spool) -> BuiltCarrier:
    return build(spool)


@pytest.fixture
def smstools(tmp_path) -> Iterator[SmstoolsBed]:
    if find_smsd() is None:
        do_without("smstools")
    bed = start_smstools(tmp_path / "spool")
    yield bed
    bed.stop()


def build(folder, **settings) -> BuiltCarrier:
    given = {"kind": "modem", "spool": str(folder), "number": "+13435550100", **settings}
    return build_carriers({"modem": given}, Surroundings("https://clinic.example", lambda: NOW))["modem"]

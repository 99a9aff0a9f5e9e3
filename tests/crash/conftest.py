"""The ground of the crash tests, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.database import Database
from app.core.sealed import Keyring
from tests.crash.field import Field
from tests.gateway.bed import start_standin


@pytest.fixture
def field(database: Database, database_url: str, keyring: Keyring, tmp_path: Path) -> Iterator[Field]:
    standin = start_standin(tmp_path / "standin")
    standin.faults(delay_ms=20)
    yield Field(database, database_url, keyring, standin, tmp_path)
    standin.stop()

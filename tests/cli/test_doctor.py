"""The doctor names the cause once, and what to do about it."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from app.cli import main


@pytest.fixture
def farline(tmp_path, monkeypatch):
    monkeypatch.setenv("FARLINE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FARLINE_LOG_LEVEL", "ERROR")
    monkeypatch.delenv("FARLINE_DATABASE_URL", raising=False)
    return lambda *arguments: CliRunner().invoke(main, list(arguments))


def test_a_new_home_lacks_its_tables_and_nothing_else_is_blamed(farline):
    seen = farline("doctor")
    assert seen.exit_code == 1
    assert [line for line in seen.output.splitlines() if line.startswith("wrong")] == [
        "wrong   Database: sqlite, schema is behind. Run: farline db upgrade"
    ]


def test_after_the_upgrade_the_rest_is_looked_at(farline):
    assert farline("db", "upgrade").exit_code == 0
    seen = farline("doctor")
    assert seen.exit_code == 0
    assert "No clinic yet" in seen.output
    assert "The audit chain holds" in seen.output

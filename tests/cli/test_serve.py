"""Where somebody else listens already, one sentence says so and what to do, before anything is begun."""

from __future__ import annotations

import socket

import pytest
from click.testing import CliRunner

from app.cli import main


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_that_is_taken_is_one_sentence(command, tmp_path, monkeypatch):
    monkeypatch.setenv("FARLINE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("FARLINE_DATABASE_URL", raising=False)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused = CliRunner().invoke(main, [command, "--port", str(port)])
    assert refused.exit_code == 1
    assert refused.output.startswith(f"Error: Cannot listen on 127.0.0.1 port {port}: ")
    assert "PORT=" in refused.output
    assert not (tmp_path / "home" / "farline.db").exists()

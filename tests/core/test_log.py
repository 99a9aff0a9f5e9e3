"""The log never stands in the way of what it tells of."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import structlog

from app.core.log import logger, start_logging

FULL = Path("/dev/full")  # Linux: every write to it meets a full disk


@pytest.fixture
def log_to(monkeypatch):
    before = structlog.get_config()

    def log_to(stream):
        monkeypatch.setattr("sys.stderr", stream)
        start_logging()

    yield log_to
    structlog.configure(**before)


@pytest.mark.skipif(not FULL.exists(), reason="needs Linux's /dev/full")
def test_a_full_disk_under_the_log_undoes_nothing(log_to):
    with io.TextIOWrapper(io.FileIO(FULL, "w"), write_through=True) as full:
        log_to(full)
        for number in range(3):
            logger("test").info("happened", number=number)


def test_content_stays_out_of_the_log(log_to):
    written = io.StringIO()
    log_to(written)
    logger("test").info("heard", body="my words", what="call +1 306 555 0155 back", message_id=12)
    assert "my words" not in written.getvalue()
    assert "555" not in written.getvalue()
    assert "message_id=12" in written.getvalue()

"""The demo clinic as a newcomer starts it, once for this folder, and where screenshots go."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.beds.process import start, stop
from tests.beds.room import throwaway_folder
from tests.browser.at_the_page import Server, answers, free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

KEPT = Path(__file__).parents[2] / "docs" / "img"


@dataclass(frozen=True)
class Demo:
    """A running demo: its address, and what it printed."""

    url: str
    said: str

    def sign_in_link(self, name: str) -> str:
        found = re.search(rf"Sign in as {name}:\s+(\S+)", self.said)
        assert found, self.said
        return found[1]


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """`farline demo` on a port and in a home of its own, with the record server beside it."""
    home, port = throwaway_folder("farline-demo-"), free_port()
    url, log = f"http://127.0.0.1:{port}", home / "log"
    before = dict(os.environ)
    os.environ.update(FARLINE_HOME=str(home), FARLINE_LOG_LEVEL="WARNING", PYTHONUNBUFFERED="1")
    try:
        command = [str(Path(sys.executable).parent / "farline"), "demo", "--port", str(port)]
        process = start(command, log=log, ready=lambda: answers(f"{url}/readyz"), timeout_s=90)
    finally:
        os.environ.clear()
        os.environ.update(before)
    yield Demo(url, log.read_text())
    stop(process, timeout_s=20)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The demo clinic at an address of its own, which tests may stop and start again."""
    made = Server()
    made.start("demo")
    made.choose_patient()
    yield made
    made.stop()
    shutil.rmtree(made.home, ignore_errors=True)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A browser window as large as a phone, private as all windows here are."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="en-CA")
    yield context.new_page()
    context.close()


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Where screenshots go: away after the test, or into docs/img with FARLINE_KEEP_SCREENSHOTS=1."""
    if os.environ.get("FARLINE_KEEP_SCREENSHOTS"):
        KEPT.mkdir(parents=True, exist_ok=True)
        return KEPT
    return tmp_path

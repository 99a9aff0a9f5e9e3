"""What a test may ask for: a real database (every such test runs on both), Redis, a browser, a clock, keys.

At the end of a run it says which real parts were there and, loudly, which tests therefore did not run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.beds.chromium import ARGUMENTS, find_chromium
from tests.beds.parts import PARTS, do_without
from tests.beds.postgres import PostgresBed, find_postgres, start_postgres
from tests.beds.redis import RedisBed, find_redis, start_redis
from tests.beds.waits import PATIENCE_S

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from app.core.clock import FrozenClock
    from app.core.database import Database
    from app.core.sealed import Keyring
    from tests.beds.databases import Databases

NOW = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)  # a Tuesday morning in every zone of the demo clinic


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rounds", type=int, default=1, help="how often each crash test is lived through")


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    """How many rounds a crash test lasts: one in the suite, twenty with `make torture`."""
    return int(request.config.getoption("--rounds"))


# --- databases --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresBed]:
    """A PostgreSQL server, started when the first test needs it."""
    binaries = find_postgres()
    if binaries is None:
        do_without("PostgreSQL")
    bed = start_postgres(binaries)
    yield bed
    bed.stop()


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """Where fresh databases come from; for tests that need several, or one of a given kind."""
    from tests.beds.databases import Databases

    made = Databases(postgres=lambda: request.getfixturevalue("postgres"))
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Both databases in turn. One only: `@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)`."""
    return str(request.param)


@pytest.fixture
def database_url(databases: Databases, database_kind: str) -> Iterator[str]:
    """The URL of a migrated, empty database that only this test has; for processes the test starts."""
    url = databases.migrated(database_kind)
    yield url
    databases.drop(url)


@pytest.fixture
def database(database_url: str, keyring: Keyring) -> Iterator[Database]:
    """A migrated, empty database that only this test has, with a keyring installed."""
    from app.core.database import Database

    opened = Database(database_url)
    yield opened
    opened.close()


# --- time, keys -------------------------------------------------------------------------------------------------------


@pytest.fixture
def clock() -> FrozenClock:
    """A clock that stands still at NOW; `clock.at = ...` and `clock.advance(...)` set it."""
    from app.core.clock import FrozenClock

    return FrozenClock(NOW)


@pytest.fixture
def keyring() -> Keyring:
    """Keys of this test, installed for sealed columns."""
    from app.core.sealed import new_keyring, use_keyring

    made = new_keyring()
    use_keyring(made)
    return made


# --- Redis, browser ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def redis_bed() -> Iterator[RedisBed]:
    """A Redis server, started when the first test needs it."""
    program = find_redis()
    if program is None:
        do_without("Redis")
    bed = start_redis(program)
    yield bed
    bed.stop()


@pytest.fixture
def redis_url(redis_bed: RedisBed) -> str:
    """The URL of a Redis with nothing in it."""
    import redis

    with redis.Redis.from_url(redis_bed.url) as client:
        client.flushall()
    return redis_bed.url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium shared by the run; take a fresh `browser.new_context()` in each test."""
    program = find_chromium()
    if program is None:
        do_without("Chromium")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_S * 1000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


# --- the closing words ------------------------------------------------------------------------------------------------


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say which real parts this run had, and how many tests wait for the missing ones."""
    if terminalreporter.config.option.collectonly or terminalreporter.verbosity < -1:
        return
    terminalreporter.section("real parts")
    waiting = _skipped_for_want_of(terminalreporter.stats.get("skipped", []))
    for name, part in PARTS.items():
        found = part.look()
        if found:
            terminalreporter.write_line(f"{name}: {found}")
        elif waiting[name]:
            terminalreporter.write_line(f"{name}: MISSING, {waiting[name]} tests DID NOT RUN ({part.remedy})", red=True)
        else:
            terminalreporter.write_line(f"{name}: not here ({part.remedy})")


def _skipped_for_want_of(reports: list[Any]) -> Counter[str]:
    """Skipped tests, counted by the part they named in `do_without`."""
    reasons = [str(report.longrepr) for report in reports]
    return Counter(name for reason in reasons for name in PARTS if f"needs {name}:" in reason)

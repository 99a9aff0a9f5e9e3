"""R9 under a running server: the system lets no file grow, as a full disk does, and later gives room again."""

from __future__ import annotations

import resource
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from app.core.database import Database
from app.core.models import Clinic
from app.messaging.models import Message
from bench.clinic import SENDER, fill_clinic, phone_of
from tests.beds.process import free_port, start, stop
from tests.crash.test_databases import FULL
from tests.gateway.bed import ROOT, StandInBed, start_standin
from tests.gateway.posting import post
from tests.gateway.standin import ACCOUNT, TOKEN
from tests.scale.living import UNDER_WAY
from tests.scale.town import SETTINGS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux sets a limit on another process"),
]
PATIENTS, TEXTS, GIVE_UP_S = 6, 25, 150
ROOM_BYTES = 160 * 1024  # what the write-ahead log may still grow: a few texts


@dataclass
class Server:
    """`farline serve` on SQLite, with its own runner, and the carrier it works with."""

    home: Path
    standin: StandInBed
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self) -> None:
        known = self.standin.settings
        (self.home / "farline.toml").write_text(SETTINGS.format(token=known["auth_tokens"][0], **known))
        told = [
            f"FARLINE_HOME={self.home}",
            f"FARLINE_PUBLIC_URL={self.url}",
            "FARLINE_POLL_S=0.2",
            f"PYTHONPATH={ROOT}",
        ]
        farline = str(Path(sys.executable).parent / "farline")
        command = ["/usr/bin/env", "-C", str(ROOT), *told, farline, "serve", "--port", str(self.port)]
        self.process = start(command, log=self.home / "log", ready=lambda: self.ready()[0] == 200, timeout_s=90)

    def ready(self) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=20) as answer:
                return answer.status, ""
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def text(self, number: int) -> int:
        fields = {
            "MessageSid": f"SM{number:032d}", "AccountSid": ACCOUNT, "From": phone_of(number % PATIENTS), "To": SENDER,
            "Body": f"words {number}", "NumMedia": "0", "NumSegments": "1", "SmsStatus": "received",
        }  # fmt: skip
        return post(f"{self.url}/carriers/line/text", fields, TOKEN, timeout_s=30)[0]

    def let_files_grow(self, by_bytes: int | None) -> None:
        """None: without bounds, as when somebody has made room."""
        log = self.home / "farline.db-wal"
        most = resource.RLIM_INFINITY if by_bytes is None else log.stat().st_size + by_bytes
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


@pytest.fixture
def server(tmp_path):
    standin = start_standin(tmp_path / "carrier")
    standin.faults(receipts="last", receipt_tries=200)
    made = Server(tmp_path / "home", standin, free_port())
    made.home.mkdir()
    fill_clinic(made.home, f"sqlite:///{made.home}/farline.db", PATIENTS, made.url)
    made.run()
    yield made
    stop(made.process, timeout_s=15)
    standin.stop()


@pytest.fixture
def database(server):
    opened = Database(f"sqlite:///{server.home}/farline.db")
    with opened.write() as session:
        session.execute(update(Clinic).values(quiet_from="00:00", quiet_until="00:00"))
    yield opened
    opened.close()


def wait_for(is_so):
    deadline = time.monotonic() + GIVE_UP_S
    while not is_so():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.1)


def under_way(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Message).where(Message.state.in_(UNDER_WAY))) or 0


def ids(database: Database, direction: str) -> Counter[str]:
    with database.read() as session:
        return Counter(session.scalars(select(Message.external_id).where(Message.direction == direction)))


def test_a_disk_that_is_full_under_a_server_loses_and_doubles_nothing(server, database):
    """Texts come in and answers go out until no file may grow; what was refused comes again once there is room."""
    wait_for(lambda: not under_way(database))
    server.let_files_grow(ROOM_BYTES)
    statuses = {number: server.text(number) for number in range(TEXTS)}
    assert set(statuses.values()) == {200, 503}
    assert server.ready() == (503, FULL)
    taken = [f"SM{number:032d}" for number, status in statuses.items() if status == 200]
    assert ids(database, "inbound") == Counter(taken)
    server.let_files_grow(None)
    wait_for(lambda: server.ready()[0] == 200)
    assert {server.text(number) for number in range(TEXTS)} == {200}
    wait_for(lambda: not under_way(database))
    server.standin.settle()
    assert ids(database, "inbound") == Counter(f"SM{number:032d}" for number in range(TEXTS))
    sent, kept = ids(database, "outbound"), Counter(entry["sid"] for entry in server.standin.messages())
    assert sent == kept
    assert len(sent) > PATIENTS

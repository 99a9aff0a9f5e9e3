"""A stand-in carrier that counts, a database with messages to send, and the four lists compared at the end."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from app.core.database import Database
from app.core.sealed import Keyring
from app.messaging.models import Message, MessageAttempt
from app.messaging.queue_message import Draft, queue_messages
from app.messaging.rules import MessageState
from tests.gateway.bed import ROOT, StandInBed, start_standin
from tests.messaging.people import make_clinic

SETTLED = (MessageState.ACCEPTED, MessageState.SENT, MessageState.DELIVERED)


@dataclass
class Field:
    """One crash test's ground: where messages are queued, who carries them, and the runners that die over them."""

    database: Database
    url: str
    keyring: Keyring
    standin: StandInBed
    folder: Path

    def queue(self, count: int) -> None:
        """`count` messages, each with words of its own, three to an address."""
        with self.database.write() as session:
            clinic = make_clinic(session)
            now = datetime.now(UTC)
            drafts = [
                Draft(
                    clinic_id=clinic.id,
                    channel="sms",
                    address=f"+1306555{number // 3:04}",
                    purpose="reply",
                    cause=f"crash:{number}",
                    body=f"Text number {number}",
                    obeys_quiet_hours=False,
                )
                for number in range(count)
            ]
            queue_messages(session, drafts, now=now)

    @contextmanager
    def runners(
        self,
        count: int = 2,
        *,
        faults: str = "",
        kill_every_s: float | None = None,
        seed: int = 1,
        most_deaths: int = 25,
    ) -> Iterator[Path]:
        """A nursery at work; gives the file that counts its dead."""
        plan, tally = self.folder / "plan.json", self.folder / "deaths"
        tally.write_text("")
        known = {"runners": count, "kill_every_s": kill_every_s, "seed": seed, "most_deaths": most_deaths}
        plan.write_text(json.dumps({**known, **self._plan(tally)}))
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.nursery", str(plan)],
            cwd=ROOT,
            env={**os.environ, "FARLINE_FAULTS": faults, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "nursery.log").open("ab"),
        )
        try:
            yield tally
        finally:
            process.terminate()
            process.wait(20)

    def wait_until_settled(self, timeout_s: float = 300) -> None:
        """Until no message is under way any more."""
        deadline = time.monotonic() + timeout_s
        while self.unsettled():
            log = (self.folder / "nursery.log").read_text()[-3000:]
            assert time.monotonic() < deadline, f"still under way: {self.states()}\n{log}"
            time.sleep(0.1)

    def unsettled(self) -> int:
        with self.database.read() as session:
            return session.scalar(select(func.count()).select_from(Message).where(Message.state.not_in(SETTLED))) or 0

    def states(self) -> Counter[str]:
        with self.database.read() as session:
            return Counter(dict(session.execute(select(Message.state, func.count()).group_by(Message.state)).all()))

    def assert_the_lists_agree(self, count: int) -> None:
        """What was queued, what the rows say, what attempts say and what the carrier kept: one copy of each."""
        kept = Counter(entry["body"] for entry in self.standin.messages())
        wanted = {f"Text number {number}" for number in range(count)}
        assert wanted - kept.keys() == set(), "lost"
        assert {body: copies for body, copies in kept.items() if copies > 1} == {}, "doubled"
        carriers_ids = {entry["sid"] for entry in self.standin.messages()}
        with self.database.read() as session:
            assert set(session.scalars(select(Message.external_id))) == carriers_ids
            outcomes = Counter(session.scalars(select(MessageAttempt.outcome)))
            assert outcomes["accepted"] + outcomes["settled_sent"] == count
            assert outcomes["uncertain"] + outcomes["unsettled"] == 0
            if self.database.is_sqlite:
                assert session.scalar(text("PRAGMA integrity_check")) == "ok"

    def _plan(self, tally: Path) -> dict[str, object]:
        return {
            "database_url": self.url,
            "keys": {str(number): base64.b64encode(key).decode() for number, key in self.keyring.keys.items()},
            "index_key": base64.b64encode(self.keyring.index_key).decode(),
            "carrier": {**self.standin.settings, "timeout_s": 1},
            "tally": str(tally),
        }


@pytest.fixture
def field(database: Database, database_url: str, keyring: Keyring, tmp_path: Path) -> Iterator[Field]:
    standin = start_standin(tmp_path / "standin")
    standin.faults(delay_ms=20)
    yield Field(database, database_url, keyring, standin, tmp_path)
    standin.stop()

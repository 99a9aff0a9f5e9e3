"""A crash test's ground: messages to send, runners that die over them, and the lists compared at the end."""

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

from sqlalchemy import func, select, text

from app.core.database import Database
from app.core.models import Clinic
from app.core.sealed import Keyring, keyring
from app.messaging.models import Message, MessageAttempt
from app.messaging.queue_message import Draft, queue_messages
from app.messaging.rules import MessageClass, MessageState, Priority
from tests.gateway.bed import ROOT, StandInBed
from tests.messaging.people import make_clinic

SETTLED = (MessageState.ACCEPTED, MessageState.SENT, MessageState.DELIVERED)


URGENT, URGENT_WORDS = "+13439999999", "Now"


@dataclass(frozen=True)
class Lists:
    """The lists compared. Apart from `taken` and `settled`, anything but these values is a fault."""

    taken: int
    settled: int
    lost: int = 0
    doubled: int = 0
    unnamed: int = 0  # ids that only the carrier, or only we, know
    uncertain: int = 0
    is_whole: bool = True  # SQLite's own check of its file


@dataclass
class Field:
    """One crash test's ground: where messages are queued, who carries them, and the runners that die over them."""

    database: Database
    url: str
    keyring: Keyring
    standin: StandInBed
    folder: Path
    nursery: int = 0  # process id of the one at work

    def queue(self, count: int, *, first: int = 0, priority: Priority = Priority.REPLY) -> None:
        """`count` messages, each with words of its own, three to an address."""
        with self.database.write() as session:
            clinic = session.scalar(select(Clinic)) or make_clinic(session)
            now = datetime.now(UTC)
            drafts = [
                Draft(
                    clinic_id=clinic.id,
                    channel="sms",
                    address=f"+1343{2_000_000 + number // 3}",
                    purpose="reply",
                    cause=f"crash:{number}",
                    body=f"Text number {number}",
                    class_=MessageClass.REMINDER,
                    priority=priority,
                    obeys_quiet_hours=False,
                )
                for number in range(first, first + count)
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
        self.nursery = process.pid
        try:
            yield tally
        finally:
            process.terminate()
            process.wait(20)

    def wait_until_settled(self, timeout_s: float = 300) -> None:
        """Until no message is under way any more."""
        deadline = time.monotonic() + timeout_s
        while left := self.unsettled():
            log = (self.folder / "nursery.log").read_text()[-3000:]
            assert time.monotonic() < deadline, f"still under way: {self.states()}\n{log}"
            time.sleep(0.1 if left < 1_000 else 2.0)  # counting reads them all, beside those at work

    def unsettled(self) -> int:
        with self.database.read() as session:
            return session.scalar(select(func.count()).select_from(Message).where(Message.state.not_in(SETTLED))) or 0

    def states(self) -> Counter[str]:
        with self.database.read() as session:
            return Counter(dict(session.execute(select(Message.state, func.count()).group_by(Message.state)).all()))

    def urgent_overtakes(self, *, after_s: float) -> float:
        """Wait, queue something urgent, and give the seconds until the carrier has it."""
        time.sleep(after_s)
        started = time.monotonic()
        with self.database.write() as session:
            draft = Draft(
                clinic_id=session.scalars(select(Clinic.id)).one(), channel="sms", address=URGENT,
                purpose="staff_alert", cause="crash:urgent", body=URGENT_WORDS, class_=MessageClass.URGENT,
                priority=Priority.URGENT, obeys_quiet_hours=False, needs_consent=False,
            )  # fmt: skip
            queue_messages(session, [draft], now=datetime.now(UTC))
        while not self._has_left("crash:urgent"):
            assert time.monotonic() - started < 300, "the urgent message never left"
            time.sleep(0.05)
        return time.monotonic() - started

    def _has_left(self, cause: str) -> bool:
        with self.database.read() as session:
            return session.scalar(select(Message.accepted_at).where(Message.cause == cause)) is not None

    def compare(self, count: int) -> Lists:
        """What was queued, what the rows say, what attempts say and what the carrier kept."""
        kept = [entry for entry in self.standin.messages() if entry["body"] != URGENT_WORDS]
        copies = Counter(entry["body"] for entry in kept)
        with self.database.read() as session:
            ids = set(session.scalars(select(Message.external_id).where(Message.address_index != _index(URGENT))))
            ours = select(MessageAttempt.outcome).join(Message, Message.id == MessageAttempt.message_id)
            outcomes = Counter(session.scalars(ours.where(Message.address_index != _index(URGENT))))
            is_whole = not self.database.is_sqlite or session.scalar(text("PRAGMA integrity_check")) == "ok"
        return Lists(
            lost=len({f"Text number {number}" for number in range(count)} - copies.keys()),
            doubled=sum(each - 1 for each in copies.values()),
            unnamed=len(ids ^ {entry["sid"] for entry in kept}),
            taken=outcomes["accepted"] + outcomes["settled_sent"],
            settled=outcomes["settled_sent"] + outcomes["settled_not_sent"],
            uncertain=outcomes["uncertain"] + outcomes["unsettled"] + outcomes[None],
            is_whole=is_whole,
        )

    def assert_the_lists_agree(self, count: int) -> None:
        """One copy of each at the carrier, each known to us by its id, no doubt left."""
        lists = self.compare(count)
        assert lists == Lists(taken=count, settled=lists.settled)

    def _plan(self, tally: Path) -> dict[str, object]:
        return {
            "database_url": self.url,
            "keys": {str(number): base64.b64encode(key).decode() for number, key in self.keyring.keys.items()},
            "index_key": base64.b64encode(self.keyring.index_key).decode(),
            "carrier": {**self.standin.settings, "timeout_s": 1},
            "tally": str(tally),
        }


def _index(address: str) -> str:
    return keyring().blind_index("address", address)

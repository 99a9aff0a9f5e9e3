"""Fifty agents press "take next" every three seconds for a minute, which empties a queue of 1,000 tickets.

In every other round all fifty press at the same moment; in the others each presses at a moment of their own, as people
do, and for these the budget holds. No ticket may be given twice and none passed over. Each agent is a thread of its own
in one process, as the desk runs. A wait is from pressing to commit.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.core.database import Database
from app.core.migrate import upgrade
from app.core.sealed import new_keyring, use_keyring
from app.staff.models import StaffAccount
from app.support.claim_ticket import Hand, take_next
from app.support.open_ticket import open_ticket
from app.support.rules import TicketReason, Urgency
from bench.databases import Fresh, on_each_database
from bench.figures import Figure, share
from tests.messaging.people import make_clinic

AGENTS, TICKETS = 50, 1_000
EVERY_S = 3.0


@dataclass
class Desk:
    """The agents at work on one database, how long they waited and what they were given."""

    database: Database
    staff: list[int]
    alone_s: list[float] = field(default_factory=list)
    together_s: list[float] = field(default_factory=list)
    given: Counter[int | None] = field(default_factory=Counter)
    barrier: threading.Barrier = field(default_factory=lambda: threading.Barrier(AGENTS))

    def work(self, staff_id: int) -> None:
        """Press with all the others, then at a moment of one's own, again and again."""
        for number in range(TICKETS // AGENTS):
            self.barrier.wait()
            began_at, waits_s = time.perf_counter(), self.alone_s if number % 2 else self.together_s
            time.sleep(random.uniform(0, 0.8 * EVERY_S) if number % 2 else 0)
            pressed_at = time.perf_counter()
            with self.database.write() as session:
                now = datetime.now(UTC)
                ticket = take_next(session, session.get_one(StaffAccount, staff_id), Hand(staff_id, now, now))
                ticket_id = ticket.id if ticket else None
            waits_s.append(time.perf_counter() - pressed_at)
            self.given[ticket_id] += 1
            time.sleep(max(0.0, began_at + EVERY_S - time.perf_counter()))


def measure() -> Iterator[Figure]:
    use_keyring(new_keyring())
    yield from on_each_database(_one_database)


def _one_database(name: str, fresh: Fresh) -> Iterator[Figure]:
    database = Database(fresh(), pool_size=AGENTS)
    upgrade(database)
    desk = Desk(database, _staff_and_tickets(database))
    agents = [threading.Thread(target=desk.work, args=(staff_id,)) for staff_id in desk.staff]
    for agent in agents:
        agent.start()
    for agent in agents:
        agent.join()
    came_away_empty = desk.given.pop(None, 0)
    alone_ms, together_ms = ([wait * 1000 for wait in waits] for waits in (desk.alone_s, desk.together_s))
    yield Figure(f"{name}: tickets given twice", desk.given.total() - len(desk.given), "", at_most=0,
                 beside=f"{desk.given.total():,} taken")  # fmt: skip
    yield Figure(f"{name}: tickets passed over", TICKETS - len(desk.given), "", at_most=0,
                 beside=f"{came_away_empty} agents came away empty")  # fmt: skip
    yield Figure(f"{name}: 99 of 100 given within", share(alone_ms, 0.99), "ms", at_most=200,
                 beside=f"half within {share(alone_ms, 0.5):.0f} ms")  # fmt: skip
    yield Figure(f"{name}: the last of fifty at once had to wait", share(together_ms, 0.99), "ms")
    database.close()


def _staff_and_tickets(database: Database) -> list[int]:
    now = datetime.now(UTC)
    with database.write() as session:
        clinic = make_clinic(session)
        session.flush()
        staff = [
            StaffAccount(
                clinic_id=clinic.id, login=f"agent{number}", name=f"Agent {number}", locale="en",
                languages={"en": "converse"}, skills=[], created_at=now,
            )
            for number in range(AGENTS)
        ]  # fmt: skip
        session.add_all(staff)
        session.flush()
        for number in range(TICKETS):
            open_ticket(
                session, clinic_id=clinic.id, reason=TicketReason.ASKED_FOR_PERSON, urgency=Urgency.ROUTINE,
                cause=f"bench:{number}", locale="en", now=now,
            )  # fmt: skip
        return [account.id for account in staff]

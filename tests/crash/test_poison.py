"""R10: a message that kills, hangs or starves its runner is set aside after five tries, and the others do not wait."""

from __future__ import annotations

import os
import resource
import signal
import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.clock import SystemClock
from app.core.database import Database
from app.core.ground import Ground
from app.core.sealed import use_keyring
from app.jobs.handle_events import handle_events
from app.messaging.drain import Pace, drain
from app.messaging.models import Message
from app.messaging.queue_message import Draft, queue_messages
from app.messaging.settle_uncertain import Patience, settle_uncertain
from app.messaging.sweep_leases import sweep_leases
from app.support.models import Ticket
from tests.messaging.carrier import ScriptedCarrier
from tests.messaging.people import make_clinic

pytestmark = pytest.mark.slow
PACE = Pace(threads=4, lease=timedelta(seconds=1))
PATIENCE = Patience(between_looks=timedelta(), absent_for=timedelta(), within=timedelta(minutes=15))
POISON, OTHERS = "+13065550000", [f"+1306555{number:04}" for number in range(1, 21)]
HANG_S, ROUND_S = 60.0, 3.0
MOST_ROUNDS = 24  # far more than five tries need; on a machine that is busy elsewhere a round may end before its first


def leave_at_once(_outbound) -> None:
    os._exit(3)


def hang(_outbound) -> None:
    time.sleep(HANG_S)


def starve(_outbound) -> None:
    """Take memory until there is none; what cannot be had ends the process, as the kernel would end it."""
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    try:
        held = [bytearray(1 << 26) for _ in range(64)]
    except MemoryError:
        os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError(f"there was memory enough: {len(held)}")


def always_raise(_outbound) -> None:
    raise RuntimeError("nobody foresaw this")


@pytest.mark.parametrize("poison", [leave_at_once, hang, starve, always_raise], ids=lambda each: each.__name__)
def test_a_poisonous_message_is_set_aside_and_the_others_do_not_wait(database, database_url, keyring, poison):
    ground = _queue(database)
    sent_after = []
    for _ in range(MOST_ROUNDS):
        if _has_ended(database) and _left(database) == 0:  # who left with it is settled a round later
            break
        started = time.monotonic()
        pid = _runner(database_url, keyring, poison)
        while os.waitpid(pid, os.WNOHANG) == (0, 0):
            if not sent_after and _left(database) == 0:
                sent_after.append(time.monotonic() - started)
            if time.monotonic() - started > ROUND_S:  # the supervisor's patience with one that does not answer
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                break
            time.sleep(0.02)
        time.sleep(PACE.lease.total_seconds() + 0.1)
        sweep_leases(ground)
        settle_uncertain(ground, patience=PATIENCE)
        settle_uncertain(ground, patience=PATIENCE)
    assert _left(database) == 0
    with database.read() as session:
        row = session.scalars(select(Message).where(Message.cause == POISON)).one()
        assert (row.state, row.reason) == ("dead", "poison")
        assert row.attempts - 1 == 5, "the sixth claim found that five tries were enough"
    handle_events(ground)
    with database.read() as session:
        assert session.scalars(select(Ticket.reason)).all() == ["undelivered"]
    if poison is hang:
        assert sent_after, "the others waited for the one that hangs"


def _queue(database: Database) -> Ground:
    clock, carrier = SystemClock(), ScriptedCarrier()
    with database.write() as session:
        clinic = make_clinic(session).id
        drafts = [
            Draft(
                clinic_id=clinic, channel="sms", address=each, purpose="reply", cause=each, body=each,
                obeys_quiet_hours=False,
            )
            for each in (POISON, *OTHERS)
        ]  # fmt: skip
        queue_messages(session, drafts, now=clock.now())
    return Ground(database, clock, {carrier.name: carrier.built()}, "https://farline.test")


def _runner(url: str, keyring, poison) -> int:
    """A process that drains once with a carrier that POISON's message is poison to."""
    pid = os.fork()
    if pid:
        return pid
    try:
        use_keyring(keyring)
        carrier = ScriptedCarrier(mood=lambda outbound: poison(outbound) if outbound.to == POISON else None)
        drain(Ground(Database(url), SystemClock(), {carrier.name: carrier.built()}, ""), pace=PACE)
    finally:
        os._exit(0)


def _has_ended(database: Database) -> bool:
    with database.read() as session:
        return session.scalar(select(Message.state).where(Message.cause == POISON)) == "dead"


def _left(database: Database) -> int:
    with database.read() as session:
        wanted = select(Message.id).where(Message.cause.in_(OTHERS), Message.state != "accepted")
        return len(session.scalars(wanted).all())

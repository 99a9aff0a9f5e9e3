"""Finding messages costs what is found, not what is stored: each question asked on the way of a text has its index."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.models import Clinic
from app.messaging.busy_lines import BusyLines
from app.messaging.cancel_messages import cancel_messages
from app.messaging.claim import claim
from app.messaging.due_lines import claim_rows, first_due, has_due
from app.messaging.gate import pass_gate
from app.messaging.models import Message
from app.messaging.rules import Priority
from app.messaging.stop_sends import stop_sends
from app.messaging.sweep_leases import sweep_leases
from app.support.models import Ticket
from app.support.store import messages_of
from tests.beds.plans import how_it_is_found
from tests.beds.statements import counted


@pytest.mark.parametrize(
    ("priority", "index"), [(Priority.REPLY, "first_come"), (Priority.BULK, "shared_out")], ids=["reply", "bulk"]
)
def test_what_is_due_is_found_by_its_lane_and_its_line(ground, queue, priority, index):
    queue(priority=priority)
    now, until = ground.clock.now(), ground.clock.machine_now() + timedelta(minutes=1)
    there = how_it_is_found(ground.database, lambda session: has_due(session, now=now))
    since = how_it_is_found(ground.database, lambda session: first_due(session, Message.due_at <= now))
    plans = how_it_is_found(
        ground.database,
        lambda session: claim_rows(session, limit=5, now=now, lease_until=until, busy=BusyLines(session, ground, now)),
    )
    where, claim = plans[0], next(plan for plan in plans if by_index("line", plan))
    for plan in (there[0], "\n".join(since), where):
        assert by_index("first_come", plan), plan
        assert by_index("shared_out", plan), plan
    assert by_index(index, claim), claim
    assert by_index("line", claim), claim


def _stop(session, now):
    clinic = session.query(Clinic).one()
    stop_sends(session, clinic.id, "index", channel="sms", word="stop", source="patient", now=now)


def _cancel(**about):
    return lambda session, now: cancel_messages(session, reason="moved", now=now, **about)


def _of_ticket(session, _now):
    messages_of(session, Ticket(id=1, message_id=1))


def _gate(session, now):
    clinic, row = session.query(Clinic).one(), session.query(Message).one()
    pass_gate(session, [row], {clinic.id: clinic}, now=now)


@pytest.mark.parametrize(
    ("question", "index"),
    [
        pytest.param(_stop, "line", id="what a STOP ends"),
        pytest.param(_cancel(due_step_id=1), "line", id="what a moved visit ends"),
        pytest.param(_cancel(due_step_id=1), "line", id="what an ended step ends"),
        pytest.param(_cancel(patient_id=1), "patient", id="what waits for a patient"),
        pytest.param(_cancel(notice_id=1), "of_notice", id="what waits of a notice"),
        pytest.param(_gate, "replies", id="how many replies went to an address"),
        pytest.param(_of_ticket, "of_ticket", id="a ticket's messages"),
    ],
)
def test_each_question_has_its_index(ground, queue, question, index):
    queue()
    plans = how_it_is_found(ground.database, lambda session: question(session, ground.clock.now()))
    assert any(by_index(index, plan) for plan in plans), plans


def test_leases_that_ran_out_are_found_among_those_that_run(ground, queue):
    queue()
    (plan,) = how_it_is_found(ground.database, lambda _session: sweep_leases(ground))
    assert by_index("open", plan), plan


def by_index(name: str, plan: str) -> bool:
    return f"ix_message_{name}" in plan


@pytest.mark.parametrize("put_off", [0, 1], ids=["new", "put off before"])
def test_a_claim_asks_as_often_for_ten_texts_as_for_one(ground, queue, put_off):
    def claimed(count: int, first: int) -> int:
        for number in range(first, first + count):
            queue(address=f"+1306555{number:04}", due_step_id=number, priority=Priority.REMINDER)
        with ground.database.write() as session:
            session.query(Message).update({"put_off": put_off})
        with counted(ground.database) as sent:
            assert len(claim(ground, limit=50, lease=timedelta(minutes=1))[1]) == count
        return len(sent)

    assert claimed(1, first=100) == claimed(10, first=200)

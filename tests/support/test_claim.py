"""One ticket, one holder: claims, leases, races."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from app.core.errors import Conflict
from app.staff.models import StaffAccount
from app.support.claim_ticket import (
    Hand,
    break_lease,
    claim_ticket,
    keep_ticket,
    release_silent,
    release_ticket,
    take_next,
)
from app.support.models import Ticket
from app.support.rules import LEASE, TicketReason, TicketState, Urgency


def test_the_second_is_told_who_holds_it(desk, ground, ben):
    ticket_id = desk.open()
    desk.claim(ticket_id, "ann")
    with pytest.raises(Conflict) as refused, ground.database.write() as session:
        claim_ticket(session, ticket_id, ben)
    assert refused.value.values == {"name": "Ann"}
    assert desk.ticket(ticket_id).holder_id == desk.staff["ann"]


def test_taking_next_gives_the_most_urgent_that_fits(desk):
    routine = desk.open()
    clinical = desk.open(reason=TicketReason.RED_FLAG, urgency=Urgency.URGENT)
    soon = desk.open(urgency=Urgency.SOON)
    assert [desk.next("ben"), desk.next("ben"), desk.next("ben")] == [soon, routine, None]
    assert desk.next("ann") == clinical


def test_activity_extends_the_lease_and_silence_ends_it(desk, ground, clock):
    ticket_id = desk.open()
    desk.claim(ticket_id, "ann")
    clock.advance(LEASE - timedelta(minutes=1))
    with ground.database.write() as session:
        keep_ticket(session, ticket_id, desk.hand("ann"))
    clock.advance(LEASE - timedelta(minutes=1))
    assert desk.next("ben") is None
    clock.advance(timedelta(minutes=1))
    assert desk.next("ben") == ticket_id


def test_a_silent_holders_ticket_comes_back_once(desk, ground, clock):
    ticket_id = desk.open()
    desk.claim(ticket_id, "ann")
    clock.advance(LEASE)
    with ground.database.write() as session:
        assert release_silent(session, now=clock.now(), machine_now=clock.machine_now()) == 1
        assert release_silent(session, now=clock.now(), machine_now=clock.machine_now()) == 0
    ticket = desk.ticket(ticket_id)
    assert (ticket.state, ticket.holder_id) == (TicketState.OPEN, None)


def test_who_lost_the_lease_cannot_act_on_the_ticket_of_another(desk, ground, ann, clock):
    ticket_id = desk.open()
    desk.claim(ticket_id, "ann")
    clock.advance(LEASE)
    desk.claim(ticket_id, "ben")
    with pytest.raises(Conflict), ground.database.write() as session:
        release_ticket(session, ticket_id, desk.hand("ann"))


def test_a_supervisor_may_break_a_lease_with_a_reason(desk, ground, ben):
    ticket_id = desk.open()
    desk.claim(ticket_id, "ann")
    with ground.database.write() as session:
        break_lease(session, ticket_id, ben, reason="gone home")
    assert desk.ticket(ticket_id).state == TicketState.OPEN


def test_fifty_agents_racing_take_each_ticket_once(desk, ground):
    """200 tickets, 50 agents on 8 threads, everybody taking until nothing waits: none doubled, none skipped."""
    tickets = {desk.open() for _ in range(200)}
    with ground.database.write() as session:
        agents = [
            StaffAccount(
                clinic_id=desk.clinic_id, login=f"a{n}", name=f"A{n}", locale="en", created_at=ground.clock.now()
            )
            for n in range(50)
        ]
        session.add_all(agents)
        agent_ids = [agent.id for agent in agents]
    taken: list[int] = []
    threads = [threading.Thread(target=_take_all, args=(ground, agent_ids[n::8], taken)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert Counter(taken).most_common(1)[0][1] == 1
    assert set(taken) == tickets


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_taking_next_passes_over_a_ticket_somebody_is_busy_with(desk, ground):
    """Nobody waits behind another's open transaction, so that agents never wait for each other in a ring."""
    first, second = desk.open(), desk.open()
    with ground.database.write() as busy:
        busy.get_one(Ticket, first, with_for_update=True)
        assert desk.next("ben") == second
    assert desk.next("ben") == first


def test_a_long_queue_costs_no_more_statements_than_a_short_one(desk, ground):
    """Eight agents take while none of the others has committed: the last asks as little as the first."""
    tickets = [desk.open() for _ in range(60)]
    with ExitStack() as busy:
        sessions = [busy.enter_context(ground.database.write()) for _ in range(1 if ground.database.is_sqlite else 8)]
        taken, asked = [], []
        for session in sessions:
            taker = session.get_one(StaffAccount, desk.staff["ben"])
            with statements(ground.database.engine) as sent:
                taken.append(take_next(session, taker, desk.hand("ben")).id)
                session.flush()
            asked.append(len(sent))
    assert taken == tickets[: len(sessions)]
    assert set(asked) == {asked[0]}
    assert asked[0] <= 5


@contextmanager
def statements(engine):
    sent: list[str] = []
    note = lambda _connection, _cursor, statement, *_: sent.append(statement)  # noqa: E731
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def _take_all(ground, agent_ids: list[int], taken: list[int]) -> None:
    while True:
        found = [_take(ground, agent_id) for agent_id in agent_ids]
        taken += [ticket_id for ticket_id in found if ticket_id]
        if not any(found):
            return


def _take(ground, agent_id: int) -> int | None:
    hand = Hand(agent_id, ground.clock.now(), ground.clock.machine_now())
    with ground.database.write() as session:
        ticket = take_next(session, session.get_one(StaffAccount, agent_id), hand)
        return ticket.id if ticket else None

"""Whatever agents, patients and the clock do in whatever order, a ticket stays sound."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.errors import Refusal
from app.support.claim_ticket import claim_ticket, keep_ticket, release_ticket
from app.support.close_ticket import close_ticket
from app.support.models import Ticket
from app.support.move_ticket import snooze_ticket
from app.support.record_call import record_call
from app.support.rules import LEASE, CallOutcome, Outcome, TicketState
from app.support.store import events_of
from app.support.sweep import sweep_tickets

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
ACTS = {
    "claim": claim_ticket,
    "keep": keep_ticket,
    "release": release_ticket,
    "call": lambda session, ticket_id, hand: record_call(session, ticket_id, CallOutcome.REACHED, hand),
    "snooze": lambda session, ticket_id, hand: snooze_ticket(session, ticket_id, hand.now + timedelta(hours=2), hand),
    "close": lambda session, ticket_id, hand: close_ticket(session, ticket_id, Outcome.ANSWERED, hand),
}
STEPS = st.one_of(
    st.tuples(st.sampled_from(sorted(ACTS)), st.sampled_from(["ann", "ben"])),
    st.tuples(st.just("hear"), st.just("")),
    st.tuples(st.just("wait"), st.integers(1, 600)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, min_size=3, max_size=14))
def test_a_ticket_stays_sound_whatever_happens(desk, ground, clock, steps):
    ticket_id = desk.open()
    for act, said in steps:
        before = desk.ticket(ticket_id)
        if act == "wait":
            clock.advance(timedelta(minutes=said))
            sweep_tickets(ground)
        elif act == "hear":
            desk.hear(ticket_id)
        else:
            with suppress(Refusal), ground.database.write() as session:
                ACTS[act](session, ticket_id, desk.hand(said))
        _check(desk, ground, ticket_id, before, who=said if act in ACTS else None)


def _check(desk, ground, ticket_id: int, before: Ticket, *, who: str | None) -> None:
    with ground.database.write() as session:
        ticket = session.get_one(Ticket, ticket_id)
        kinds = [event.kind for event in events_of(session, ticket)]
    is_claimed = ticket.state == TicketState.CLAIMED
    assert (ticket.holder_id is not None) is is_claimed
    assert (ticket.lease_until is not None) is is_claimed
    assert (ticket.snoozed_until is not None) is (ticket.state == TicketState.SNOOZED)
    assert (ticket.closed_at is not None) is (ticket.state == TicketState.CLOSED)
    assert ticket.version >= before.version
    assert kinds.count("closed") - kinds.count("reopened") == (ticket.state == TicketState.CLOSED)
    assert ticket.state == TicketState.CLOSED or ticket.close_due_at is not None
    if is_claimed:
        assert ticket.lease_until - ground.clock.machine_now() <= LEASE
    if before.state == TicketState.CLAIMED and before.lease_until > ground.clock.machine_now() and is_claimed:
        assert ticket.holder_id == before.holder_id or who is None

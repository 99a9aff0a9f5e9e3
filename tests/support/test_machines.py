"""Tickets, leases and deadlines, in any order of events: two agents, the patient and the clock, across clock changes,
holidays and night shifts. What is promised of a ticket holds after each step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from app.core.clock import FrozenClock
from app.core.errors import Refusal
from app.core.models import Clinic
from app.staff.models import StaffAccount
from app.support.claim_ticket import claim_ticket, keep_ticket, release_ticket
from app.support.close_ticket import close_ticket
from app.support.models import Ticket
from app.support.move_ticket import snooze_ticket
from app.support.record_call import record_call
from app.support.rules import LADDER, LEASE, CallOutcome, Outcome, TicketState, Urgency
from app.support.store import events_of
from app.support.sweep import sweep_tickets
from tests.support.desk import Desk

# the week before clocks go back in Toronto, and the week of Christmas: night shifts, split days, statutory holidays
STARTS = (datetime(2026, 10, 31, 3, 0, tzinfo=UTC), datetime(2026, 12, 24, 20, 0, tzinfo=UTC))
NIGHTS = {"desk_hours": {day: [["22:00", "06:00"], ["08:00", "12:00"], ["13:00", "17:00"]] for day in
                         ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}}  # fmt: skip
AGENTS = ("ann", "ben")


class TicketMachine(RuleBasedStateMachine):
    """One ticket. `holder` and `lease` are what this model believes; the database must agree."""

    desk: Desk
    clock: FrozenClock

    @initialize(start=st.sampled_from(STARTS), nights=st.booleans(), urgency=st.sampled_from(Urgency))
    def begin(self, start: datetime, *, nights: bool, urgency: Urgency) -> None:
        self.clock.at = start
        with self.desk.ground.database.write() as session:
            clinic = session.get_one(Clinic, self.desk.clinic_id)
            clinic.zone, clinic.province, clinic.settings = "America/Toronto", "ON", NIGHTS if nights else {}
        self.ticket_id = self.desk.open(urgency=urgency)
        self.holder: str | None = None
        self.lease = start

    @rule(agent=st.sampled_from(AGENTS))
    def claim(self, agent: str) -> None:
        before, is_free = self.ticket(), self.is_free()
        is_mine = self.holder == agent and before.state == TicketState.CLAIMED
        if self.does(claim_ticket, agent):
            assert is_free or is_mine
            self.holder, self.lease = agent, self.clock.at + LEASE
        else:
            assert not is_free
            assert not is_mine

    @rule(agent=st.sampled_from(AGENTS))
    def keep(self, agent: str) -> None:
        if self.does(keep_ticket, agent):
            assert self.holder == agent
            self.lease = self.clock.at + LEASE

    @rule(agent=st.sampled_from(AGENTS))
    def give_back(self, agent: str) -> None:
        if self.does(release_ticket, agent):
            assert self.holder == agent
            self.holder = None

    @rule(agent=st.sampled_from(AGENTS))
    def reach_by_phone(self, agent: str) -> None:
        if self.does(record_call, agent, CallOutcome.REACHED):
            assert self.holder == agent
            self.lease = self.clock.at + LEASE
            assert self.ticket().answer_due_at is None

    @rule(agent=st.sampled_from(AGENTS), hours=st.integers(1, 40))
    def snooze(self, agent: str, hours: int) -> None:
        if self.does(snooze_ticket, agent, self.clock.at + timedelta(hours=hours)):
            assert self.holder == agent
            self.holder = None

    @rule(agent=st.sampled_from(AGENTS))
    def close(self, agent: str) -> None:
        if self.does(close_ticket, agent, Outcome.ANSWERED):
            assert self.holder == agent
            self.holder = None

    @rule()
    def patient_writes(self) -> None:
        was_closed = self.ticket().state == TicketState.CLOSED
        self.desk.hear(self.ticket_id)
        ticket = self.ticket()
        assert ticket.state not in (TicketState.CLOSED, TicketState.SNOOZED)
        assert ticket.answer_due_at is not None
        if was_closed:
            assert (ticket.holder_id, ticket.escalation) == (None, 0)
            self.holder = None

    @rule(minutes=st.sampled_from([1, 7, 15, 16, 45, 180, 600, 1440]))
    def time_passes(self, minutes: int) -> None:
        self.clock.at += timedelta(minutes=minutes)

    @rule()
    def sweep(self) -> None:
        """Again at the same moment it finds nothing more to release or wake."""
        sweep_tickets(self.desk.ground)
        again = sweep_tickets(self.desk.ground)
        assert (again.released, again.woken) == (0, 0)
        ticket = self.ticket()
        if ticket.state != TicketState.CLAIMED:
            self.holder = None

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "ticket_id"):
            return
        ticket = self.ticket()
        dues = (ticket.claim_due_at, ticket.answer_due_at, ticket.close_due_at)
        assert (ticket.state == TicketState.CLAIMED) == (ticket.holder_id is not None)
        assert (ticket.state == TicketState.SNOOZED) == (ticket.snoozed_until is not None)
        if ticket.state == TicketState.CLAIMED and ticket.lease_until > self.clock.at:
            assert ticket.holder_id == self.desk.staff[self.holder]
        if ticket.state == TicketState.CLOSED:
            assert dues == (None, None, None)
        else:
            assert ticket.close_due_at is not None
            assert ticket.close_due_at > ticket.created_at
        assert 0 <= ticket.escalation <= len(LADDER)
        assert ticket.first_claimed_at is None or ticket.claim_due_at is None or ticket.state != TicketState.CLAIMED

    def teardown(self) -> None:
        """What happened is told in order, and every rung is an event."""
        if not hasattr(self, "ticket_id"):
            return
        with self.desk.ground.database.read() as session:
            ticket = session.get_one(Ticket, self.ticket_id)
            events = events_of(session, ticket)
            since = max((at for at, event in enumerate(events) if event.kind == "reopened"), default=0)
            climbed = sum(event.kind == "escalated" for event in events[since:])
            assert climbed == ticket.escalation
            assert events[0].kind == "opened"

    def ticket(self) -> Ticket:
        return self.desk.ticket(self.ticket_id)

    def is_free(self) -> bool:
        ticket = self.ticket()
        if ticket.state == TicketState.CLAIMED:
            return ticket.lease_until <= self.clock.at
        return ticket.state in (TicketState.OPEN, TicketState.SNOOZED)

    def does(self, act, agent: str, *more) -> bool:
        """Whether the act went through for this agent; a refusal changes nothing."""
        hand = self.desk.hand(agent)
        try:
            with self.desk.ground.database.write() as session:
                act(session, self.ticket_id, *more, hand)
        except Refusal:
            return False
        return True


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_ticket_keeps_its_promises_whatever_happens_in_whatever_order(desk, clock):
    with desk.ground.database.read() as session:
        assert session.get_one(StaffAccount, desk.staff["ann"]).name == "Ann"
    machine = type("OneTicket", (TicketMachine,), {"desk": desk, "clock": clock})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )

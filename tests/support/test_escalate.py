"""Late tickets climb their ladder, each rung once, each recorded."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app.core.models import Clinic
from app.messaging.models import Message
from app.support.move_ticket import snooze_ticket, transfer_ticket
from app.support.queues import queue_for
from app.support.rules import TicketReason, TicketState, Topic, Urgency
from app.support.sweep import sweep_tickets


def test_an_urgent_ticket_climbs_to_the_on_call_phone(desk, ground, clock):
    with ground.database.write() as session:
        session.get_one(Clinic, desk.clinic_id).settings = {"on_call": ["+13065550199"]}
    ticket_id = desk.open(reason=TicketReason.RED_FLAG, urgency=Urgency.URGENT)
    climbed = []
    for minutes in (9, 1, 0, 4, 1, 5, 5, 60):
        clock.advance(timedelta(minutes=minutes))
        climbed.append(sweep_tickets(ground).escalated)
    assert climbed == [0, 1, 0, 0, 1, 1, 1, 0]
    assert desk.kinds(ticket_id).count("breached") == 2  # to be taken, to be answered
    with ground.database.read() as session:
        assert len(session.scalars(select(Message).where(Message.purpose == "staff_alert")).all()) == 2


def test_a_late_holder_loses_the_ticket_to_the_top_of_the_queue(desk, ground, clock):
    older = desk.open()
    clock.advance(timedelta(minutes=1))
    late = desk.open()
    desk.claim(late, "ann")
    ticket = desk.ticket(late)
    clock.at = ticket.answer_due_at
    desk.claim(late, "ann")
    sweep_tickets(ground)
    assert desk.ticket(late).state == TicketState.CLAIMED
    clock.advance(timedelta(hours=4))
    desk.claim(late, "ann")
    sweep_tickets(ground)
    assert desk.ticket(late).state == TicketState.OPEN
    assert {desk.next("ben"), desk.next("ben")} == {late, older}


def test_a_snoozed_ticket_comes_back_at_its_moment(desk, ground, ann, clock):
    ticket_id = desk.open()
    desk.claim(ticket_id, "ann")
    with ground.database.write() as session:
        snooze_ticket(session, ticket_id, clock.now() + timedelta(hours=1), ann)
    assert sweep_tickets(ground).woken == 0
    clock.advance(timedelta(hours=1))
    assert sweep_tickets(ground).woken == 1
    assert desk.next("ben") == ticket_id


def test_a_transfer_keeps_the_answer_due_when_it_was(desk, ground, clock):
    ticket_id = desk.open()
    desk.claim(ticket_id, "ann")
    due = desk.ticket(ticket_id).answer_due_at
    clock.advance(timedelta(minutes=10))
    with ground.database.write() as session:
        to = queue_for(session, desk.clinic_id, Topic.SCHEDULING)
        transfer_ticket(session, ticket_id, to.id, desk.hand("ann"), reason="about a date")
    ticket = desk.ticket(ticket_id)
    assert (ticket.state, ticket.answer_due_at, ticket.queue_id) == (TicketState.OPEN, due, to.id)
    assert ticket.claim_due_at > clock.now()

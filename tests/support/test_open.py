"""Opening tickets, and the patient's words while one is open."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from app.core.models import Clinic
from app.messaging.models import Message
from app.support.close_ticket import close_ticket
from app.support.models import Queue, Ticket
from app.support.move_ticket import snooze_ticket
from app.support.open_ticket import patient_wrote
from app.support.queues import make_default_queues
from app.support.rules import Outcome, TicketReason, TicketState, Topic, Urgency


def test_the_same_cause_opens_one_ticket(desk):
    first = desk.open(cause="turn:1:2")
    assert desk.open(cause="turn:1:2") == first
    assert desk.kinds(first) == ["opened"]


def test_a_clinic_has_one_queue_per_topic_however_often_they_are_made(desk, ground):
    desk.open()
    with ground.database.write() as session:
        make_default_queues(session, desk.clinic_id)
        make_default_queues(session, desk.clinic_id)
        assert session.scalar(select(func.count()).select_from(Queue)) == len(Topic)


def test_a_red_flag_goes_to_the_clinical_queue_and_is_due_in_ten_minutes(desk, ground, clock):
    ticket_id = desk.open(reason=TicketReason.RED_FLAG, urgency=Urgency.URGENT)
    with ground.database.read() as session:
        ticket = session.get_one(Ticket, ticket_id)
        assert session.get_one(Queue, ticket.queue_id).topic == Topic.CLINICAL
        assert ticket.claim_due_at == clock.now() + timedelta(minutes=10)


def test_the_same_words_are_told_to_the_ticket_once(desk, ground):

    ticket_id = desk.open()
    message_id = desk.hear(ticket_id)
    with ground.database.write() as session:
        patient_wrote(
            session, session.get_one(Ticket, ticket_id), session.get_one(Message, message_id), ground.clock.now()
        )
    assert desk.kinds(ticket_id).count("patient_wrote") == 1


def test_words_wake_a_snoozed_ticket(desk, ground, ann, clock):
    ticket_id = desk.open()
    desk.claim(ticket_id, "ann")
    with ground.database.write() as session:
        snooze_ticket(session, ticket_id, clock.now() + timedelta(days=1), ann)
    desk.hear(ticket_id)
    ticket = desk.ticket(ticket_id)
    assert (ticket.state, ticket.snoozed_until) == (TicketState.OPEN, None)


def test_words_after_the_end_open_the_ticket_again_with_new_deadlines(desk, ground, ann, clock):
    ticket_id = desk.open()
    desk.claim(ticket_id, "ann")
    with ground.database.write() as session:
        close_ticket(session, ticket_id, Outcome.ANSWERED, ann)
    clock.advance(timedelta(hours=1))
    desk.hear(ticket_id)
    ticket = desk.ticket(ticket_id)
    assert ticket.state == TicketState.OPEN
    assert ticket.claim_due_at > clock.now()
    assert ticket.holder_id is None
    assert "reopened" in desk.kinds(ticket_id)


def test_an_urgent_ticket_outside_hours_alerts_the_on_call_phone_once(desk, ground, clock):
    clock.at = clock.at.replace(hour=6)  # the middle of the night there
    with ground.database.write() as session:
        session.get_one(Clinic, desk.clinic_id).settings = {"on_call": ["+13065550199"]}
    for _ in range(2):
        desk.open(reason=TicketReason.RED_FLAG, urgency=Urgency.URGENT, cause="flag:1")
    with ground.database.read() as session:
        alerts = session.scalars(select(Message).where(Message.purpose == "staff_alert")).all()
        assert sorted(alert.channel for alert in alerts) == ["sms", "voice"]
        assert all(alert.patient_id is None and not alert.obeys_quiet_hours for alert in alerts)


def test_in_open_hours_nobody_is_woken(desk, ground):
    with ground.database.write() as session:
        session.get_one(Clinic, desk.clinic_id).settings = {"on_call": ["+13065550199"]}
    desk.open(reason=TicketReason.RED_FLAG, urgency=Urgency.URGENT)
    with ground.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 0

"""Events: each handled once, in order, by every handler in one transaction."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.events import record_event
from app.core.models import Event
from app.jobs.handle_events import MOST_ATTEMPTS, handle_events
from app.jobs.undelivered_message import open_ticket_for_undelivered
from app.messaging.drain import Pace, drain
from app.messaging.rules import REPLIES_PER_HOUR
from app.messaging.settle_uncertain import settle_uncertain
from app.support.models import Ticket
from app.support.rules import TicketReason
from app.support.sentences import SILENT_CLOSES_SENTENCE, SILENT_WHY_SENTENCE, why_sentences
from channels.errors import AddressRefused, ContentRefused, OptedOut, OutcomeUnknown
from tests.messaging.carrier import failing


def write(ground, clinic, *kinds):
    with ground.database.write() as session:
        for number, kind in enumerate(kinds):
            record_event(session, kind, clinic_id=clinic, subject_id=number, now=ground.clock.now())


def test_events_are_handled_in_order_and_once(ground, clinic):
    heard = []
    write(ground, clinic, "a", "b", "c")
    handlers = (lambda _session, event, _now: heard.append(event.kind),)
    assert handle_events(ground, handlers=handlers) == 3
    assert handle_events(ground, handlers=handlers) == 0
    assert heard == ["a", "b", "c"]


def test_a_failing_event_is_undone_whole_and_does_not_stop_the_next(ground, clinic):
    heard = []

    def write_then_fail(session, event, now):
        record_event(session, "never", clinic_id=clinic, subject_id=9, now=now)
        session.flush()
        if event.kind == "bad":
            raise ValueError("no")

    write(ground, clinic, "bad", "good")
    handlers = (lambda _session, event, _now: heard.append(event.kind), write_then_fail)
    assert handle_events(ground, limit=2, handlers=handlers) == 1
    assert heard == ["bad", "good"]
    with ground.database.read() as session:
        rows = {event.kind: event for event in session.scalars(select(Event).where(Event.kind.in_(["bad", "good"])))}
        assert (rows["bad"].attempts, rows["bad"].handled_at) == (1, None)
        assert rows["good"].handled_at is not None
        assert len(session.scalars(select(Event).where(Event.kind == "never")).all()) == 1


def test_an_event_that_always_fails_is_left_for_a_person(ground, clinic):
    tries = []

    def fail(_session, event, _now):
        tries.append(event.id)
        raise ValueError("no")

    write(ground, clinic, "bad")
    for _ in range(MOST_ATTEMPTS + 2):
        handle_events(ground, handlers=(fail,))
    assert len(tries) == MOST_ATTEMPTS


def test_two_processes_at_once_handle_each_event_once(ground, clinic):
    heard = []
    write(ground, clinic, *[f"kind {number}" for number in range(20)])
    handlers = (lambda _session, event, _now: heard.append(event.kind),)
    threads = [threading.Thread(target=handle_events, args=(ground,), kwargs={"handlers": handlers}) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == [f"kind {number}" for number in range(20)]


def test_a_clinical_message_nobody_could_settle_becomes_one_ticket(ground, carrier, clock, queue):
    carrier.mood = failing(OutcomeUnknown())
    carrier.can_list = False
    doubtful = queue(class_="clinical")
    drain(ground)
    clock.at = clock.at.replace(minute=20)
    assert settle_uncertain(ground).by_class == 1
    handle_events(ground)
    with ground.database.read() as session:
        ticket = session.scalars(select(Ticket)).one()
        assert (ticket.reason, ticket.message_id) == ("uncertain_message", doubtful)


def tickets(ground):
    handle_events(ground)
    with ground.database.read() as session:
        return session.scalars(select(Ticket).order_by(Ticket.id)).all()


@pytest.mark.parametrize(
    ("said", "error", "urgency"),
    [
        ({}, AddressRefused(carrier_code="30005"), "routine"),
        ({"ticket_id": 7}, AddressRefused(carrier_code="30005"), "soon"),
        ({"class_": "clinical"}, ContentRefused(), "soon"),
    ],
    ids=["an answer", "an agent's reply", "clinical"],
)
def test_what_did_not_arrive_and_has_no_ladder_becomes_a_ticket(ground, carrier, queue, said, error, urgency):
    carrier.mood = failing(error)
    failed = queue(**said)
    drain(ground)
    (ticket,) = tickets(ground)
    assert (ticket.reason, ticket.urgency, ticket.message_id) == ("undelivered", urgency, failed)


def test_many_failures_at_one_number_are_one_ticket_a_day(ground, carrier, clock, queue):
    carrier.mood = failing(ContentRefused())
    for _ in range(3):
        queue()
    while drain(ground).handled:
        pass
    assert len(tickets(ground)) == 1
    clock.advance(timedelta(days=1))
    queue()
    drain(ground)
    assert len(tickets(ground)) == 2


@pytest.mark.parametrize("said", [{"due_step_id": 3}, {"purpose": "opt_out_notice"}, {"purpose": "staff_alert"}])
def test_a_ladder_or_nobody_to_reach_needs_no_ticket(ground, carrier, queue, said):
    carrier.mood = failing(ContentRefused())
    queue(**said)
    drain(ground)
    with ground.database.read() as session:
        event = session.scalars(select(Event).where(Event.kind == "message_undelivered")).one()
        open_ticket_for_undelivered(session, event, ground.clock.now())
        assert session.scalars(select(Ticket)).all() == []


def test_an_opt_out_is_no_failure(ground, carrier, queue):
    carrier.mood = failing(OptedOut())
    queue()
    drain(ground)
    assert tickets(ground) == []


def answer_too_often(ground, queue, clock, address="+13065550155"):
    """Somebody, or something, is answered at this address until we fall silent, and twice more."""
    for number in range(REPLIES_PER_HOUR + 2):
        queue(address=address, purpose="question", body=str(number))
    while drain(ground, pace=Pace(threads=1)).handled:
        pass


def test_a_person_hears_that_a_number_is_no_longer_answered_once_an_hour(ground, carrier, clock, queue):
    """The engine has moved on, and the next word from there answers a question nobody got."""
    answer_too_often(ground, queue, clock)
    sent = len(carrier.texts)
    assert sent == REPLIES_PER_HOUR
    (ticket,) = tickets(ground)
    assert (ticket.reason, ticket.urgency, ticket.details["why"]) == ("undelivered", "soon", "reply_budget")
    assert why_sentences(TicketReason(ticket.reason), ticket.details) == (SILENT_WHY_SENTENCE, SILENT_CLOSES_SENTENCE)
    assert drain(ground).handled == 0, "the ticket sets off no text"
    clock.advance(timedelta(hours=1))
    answer_too_often(ground, queue, clock)
    assert len(tickets(ground)) == 2


def test_each_number_that_is_no_longer_answered_is_told(ground, carrier, clock, queue):
    answer_too_often(ground, queue, clock)
    answer_too_often(ground, queue, clock, address="+13065550156")
    assert len(tickets(ground)) == 2

"""A person answers: once, in time to take it back, never over words they have not read, never without consent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from app.conversations.home import messages_with
from app.conversations.write_to_clinic import Letter, write_to_clinic
from app.core.errors import Conflict, NotAllowed, ShapeWrong
from app.core.models import AuditEvent, Event
from app.messaging.models import Message
from app.messaging.rules import MessageState
from app.patients.consent import record_opt_out
from app.patients.models import Consent, ContactPoint, Patient
from app.patients.store import address_index
from app.support.add_note import add_note
from app.support.close_ticket import close_ticket
from app.support.models import Note, ReplyDraft, Ticket
from app.support.record_call import record_call
from app.support.reply_to_patient import Reply, reply_to_patient, undo_reply
from app.support.rules import UNDO_S, CallOutcome, Outcome, TicketState
from app.support.save_draft import save_draft


@pytest.fixture
def mine(desk) -> int:
    """A ticket that Ann holds."""
    ticket_id = desk.open()
    desk.claim(ticket_id, "ann")
    return ticket_id


def send(desk, ticket_id: int, *, login: str = "ann", **said) -> int:
    with desk.ground.database.write() as session:
        reply = Reply(**{"body": "We will call you.", "key": "k1", **said})
        return reply_to_patient(session, ticket_id, reply, desk.hand(login)).id


def test_a_reply_waits_ten_seconds_and_is_audited(desk, mine, ground, clock):
    message_id = send(desk, mine)
    with ground.database.read() as session:
        message = session.get_one(Message, message_id)
        assert message.due_at == clock.now() + timedelta(seconds=UNDO_S)
        assert (message.address, message.body, message.ticket_id) == (desk.phone, "We will call you.", mine)
        assert session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "sent")) == 1
    assert desk.ticket(mine).first_answered_at == clock.now()
    assert desk.ticket(mine).answer_due_at is None


def test_the_same_form_sent_twice_is_one_reply(desk, mine, ground):
    assert send(desk, mine) == send(desk, mine)
    with ground.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 1


def test_only_the_holder_replies(desk, mine):
    with pytest.raises(Conflict):
        send(desk, mine, login="ben")


def test_nothing_is_sent_over_words_nobody_read(desk, mine, ground):
    desk.hear(mine)
    with pytest.raises(Conflict):
        send(desk, mine, seen_id=1)
    with ground.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Message).where(Message.direction == "outbound")) == 0


def say_stop(session, desk, *, source: str, now) -> None:
    record_opt_out(
        session, desk.clinic_id, address_index(desk.phone), channel="sms", word="stop", source=source, now=now
    )


def test_nothing_is_sent_to_who_said_stop(desk, mine, ground, clock):
    with ground.database.write() as session:
        say_stop(session, desk, source="patient", now=clock.now())
    with pytest.raises(NotAllowed):
        send(desk, mine)


@pytest.mark.parametrize("body", ["", "  \n ", "\0", "x" * 1601])
def test_a_reply_has_words_but_not_a_book(desk, mine, body):
    with pytest.raises(ShapeWrong):
        send(desk, mine, body=body)


def test_a_reply_taken_back_is_not_sent_and_no_answer(desk, mine, ground):
    message_id = send(desk, mine)
    with ground.database.write() as session:
        assert undo_reply(session, mine, message_id, desk.hand("ann")) == "We will call you."
    with ground.database.write() as session:
        assert undo_reply(session, mine, message_id, desk.hand("ann")) is None
        assert session.get_one(Message, message_id).state == MessageState.CANCELLED
    ticket = desk.ticket(mine)
    assert ticket.first_answered_at is None
    assert ticket.answer_due_at is not None


def test_a_reply_taken_back_leaves_the_call_that_reached_the_patient_as_the_answer(desk, mine, ground, ann, clock):
    with ground.database.write() as session:
        record_call(session, mine, CallOutcome.REACHED, ann)
    called_at = clock.now()
    clock.advance(timedelta(minutes=3))
    with ground.database.write() as session:
        sent = reply_to_patient(session, mine, Reply(body="Hello", key="k-after-call"), desk.hand("ann"))
        undo_reply(session, mine, sent.id, desk.hand("ann"))
    assert desk.ticket(mine).first_answered_at == called_at


@pytest.fixture(params=["no phone", "STOP"])
def letter(request, desk, ground) -> int:
    """A patient who cannot be texted wrote on the page; Ann holds the ticket."""
    with ground.database.write() as session:
        patient = session.get_one(Patient, desk.patient_id)
        if request.param == "STOP":
            say_stop(session, desk, source="patient_sms", now=ground.clock.now())
        else:
            session.execute(delete(Consent))
            session.execute(delete(ContactPoint))
            session.expire_all()
        write_to_clinic(session, patient, Letter("Can I eat before?", "a-letter-key", "en"), now=ground.clock.now())
        ticket_id = session.scalars(select(Ticket.id)).one()
    desk.claim(ticket_id, "ann")
    return ticket_id


def test_who_wrote_on_the_page_and_cannot_be_texted_is_answered_on_the_page(desk, letter, ground, clock):
    message_id = send(desk, letter, body="Yes, a little.")
    with ground.database.read() as session:
        message, patient = session.get_one(Message, message_id), session.get_one(Patient, desk.patient_id)
        assert (message.channel, message.state, message.reason) == ("web", "delivered", "on_page")
        assert [each.body for each in messages_with(session, patient, now=clock.now())] == ["Can I eat before?"]
        clock.advance(timedelta(seconds=UNDO_S))
        shown = messages_with(session, patient, now=clock.now())
        assert [each.body for each in shown] == ["Can I eat before?", "Yes, a little."]
    with ground.database.write() as session:
        assert undo_reply(session, letter, message_id, desk.hand("ann")) is None


def test_an_answer_on_the_page_is_taken_back_in_time(desk, letter, ground):
    message_id = send(desk, letter, body="Yes, a little.")
    with ground.database.write() as session:
        assert undo_reply(session, letter, message_id, desk.hand("ann")) == "Yes, a little."
        assert session.get_one(Message, message_id).state == MessageState.CANCELLED


def test_a_reply_that_left_cannot_be_taken_back(desk, mine, ground):
    message_id = send(desk, mine)
    with ground.database.write() as session:
        session.get_one(Message, message_id).state = MessageState.ACCEPTED
    with ground.database.write() as session:
        assert undo_reply(session, mine, message_id, desk.hand("ann")) is None


def test_a_note_is_kept_and_never_becomes_a_message(desk, mine, ground, ben):
    with ground.database.write() as session:
        add_note(session, mine, "patient sounds worried", ben)
    with ground.database.read() as session:
        assert session.scalars(select(Note)).one().body == "patient sounds worried"
        assert session.scalar(select(func.count()).select_from(Message)) == 0


def test_a_draft_is_kept_per_agent_until_it_is_sent(desk, mine, ground, ann, ben):
    with ground.database.write() as session:
        for words, hand in (("half a tho", ann), ("half a thought", ann), ("mine", ben)):
            save_draft(session, mine, words, hand)
    send(desk, mine)
    with ground.database.read() as session:
        assert [draft.body for draft in session.scalars(select(ReplyDraft))] == ["mine"]


def test_closing_gives_the_conversation_back_in_the_same_commit(desk, mine, ground, ann):
    with ground.database.write() as session:
        close_ticket(session, mine, Outcome.ANSWERED, ann)
    ticket = desk.ticket(mine)
    assert (ticket.state, ticket.outcome, ticket.holder_id) == (TicketState.CLOSED, "answered", None)
    with ground.database.read() as session:
        event = session.scalars(select(Event).where(Event.kind == "ticket_closed")).one()
        assert event.subject_id == mine


def test_a_closed_ticket_is_not_closed_again(desk, mine, ground, ann):
    with ground.database.write() as session:
        close_ticket(session, mine, Outcome.ANSWERED, ann)
    with pytest.raises(Conflict), ground.database.write() as session:
        close_ticket(session, mine, Outcome.NOT_NEEDED, ann)
    with ground.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Event)) == 1

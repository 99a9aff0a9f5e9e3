"""Calls, merges, who it is, saved replies."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.core.audit import Actor
from app.core.errors import NotFound, ShapeWrong
from app.core.models import AuditEvent, Event
from app.messaging.models import Message
from app.patients.store import address_index
from app.support.close_ticket import close_ticket
from app.support.merge_tickets import merge_tickets
from app.support.record_call import record_call
from app.support.rules import CallOutcome, Outcome, TicketState, Urgency
from app.support.saved_replies import all_replies, fill_reply, offered_replies, review_reply, save_reply
from app.support.set_patient import possible_patients, set_patient
from tests.messaging.people import make_patient

OPERATOR = Actor("operator")


@pytest.fixture
def mine(desk) -> int:
    ticket_id = desk.open()
    desk.claim(ticket_id, "ann")
    return ticket_id


@pytest.mark.parametrize("outcome", CallOutcome)
def test_only_a_call_that_reached_the_patient_is_an_answer(desk, mine, ground, ann, outcome):
    with ground.database.write() as session:
        record_call(session, mine, outcome, ann)
    assert (desk.ticket(mine).answer_due_at is None) is (outcome is CallOutcome.REACHED)
    assert desk.kinds(mine)[-1] == "called"


def test_a_merged_ticket_passes_words_on_and_keeps_the_stricter_urgency(desk, mine, ground, ann):
    other = desk.open(urgency=Urgency.URGENT)
    with ground.database.write() as session:
        merge_tickets(session, mine, other, ann)
    desk.hear(other)
    assert desk.ticket(other).state == TicketState.CLOSED
    assert desk.ticket(mine).urgency == Urgency.URGENT
    assert "patient_wrote" in desk.kinds(mine)
    assert "patient_wrote" not in desk.kinds(other)


def test_closing_gives_back_the_conversations_of_merged_tickets_too(desk, mine, ground, ann):
    other = desk.open()
    with ground.database.write() as session:
        merge_tickets(session, mine, other, ann)
        close_ticket(session, mine, Outcome.ANSWERED, ann)
    with ground.database.read() as session:
        closed = session.scalars(select(Event.subject_id).where(Event.kind == "ticket_closed")).all()
    assert set(closed) == {mine, other}


def test_a_ticket_a_colleague_holds_is_not_merged_away(desk, mine, ground, ann):
    other = desk.open()
    desk.claim(other, "ben")
    with pytest.raises(ShapeWrong), ground.database.write() as session:
        merge_tickets(session, mine, other, ann)
    assert desk.ticket(other).holder_id == desk.staff["ben"]


def test_tickets_of_two_patients_stay_two(desk, mine, ground, ann):
    with ground.database.write() as session:
        stranger = make_patient(session, desk.clinic_id, "+13065550177", now=ann.now).id
    other = desk.open(patient_id=stranger)
    with pytest.raises(ShapeWrong), ground.database.write() as session:
        merge_tickets(session, mine, other, ann)


def test_a_shared_phone_is_settled_by_a_person(desk, ground, ann):
    """The message and the ticket get their patient; one who is not reached at that number is refused."""
    with ground.database.write() as session:
        sister = make_patient(session, desk.clinic_id, desk.phone, now=ann.now).id
        stranger = make_patient(session, desk.clinic_id, "+13065550177", now=ann.now).id
        message = Message(
            clinic_id=desk.clinic_id, direction="inbound", channel="sms", carrier="test", external_id="who",
            address=desk.phone, address_index=address_index(desk.phone), body="it is me", purpose="reply",
            state="received", created_at=ann.now, updated_at=ann.now,
        )  # fmt: skip
        session.add(message)
    ticket_id = desk.open(patient_id=None, message_id=message.id)
    desk.claim(ticket_id, "ann")
    with ground.database.write() as session:
        candidates = possible_patients(session, desk.ticket(ticket_id))
        assert {each.id for each in candidates} == {desk.patient_id, sister}
    with pytest.raises(ShapeWrong), ground.database.write() as session:
        set_patient(session, ticket_id, stranger, ann)
    with ground.database.write() as session:
        set_patient(session, ticket_id, sister, ann)
        assert session.get_one(Message, message.id).patient_id == sister
    assert desk.ticket(ticket_id).patient_id == sister


@pytest.fixture
def saved(desk, ground, ann):
    """Write a reply; gives its id."""

    def saved(name: str, locale: str, body: str, *, is_reviewed: bool = True) -> int:
        with ground.database.write() as session:
            said = {"name": name, "locale": locale, "body": body, "actor": OPERATOR, "now": ann.now}
            reply = save_reply(session, desk.clinic_id, **said)
            session.flush()
            if is_reviewed:
                review_reply(session, reply.id, actor=Actor("staff", ann.staff_id), now=ann.now)
            return reply.id

    return saved


def test_a_reply_is_offered_in_the_patients_language_first_and_visibly_not_otherwise(desk, ground, saved):
    saved("call", "en", "We will call.")
    saved("call", "fr", "Nous appellerons.")
    saved("wait", "en", "Please wait.")
    saved("draft", "fr", "Pas relu.", is_reviewed=False)
    with ground.database.read() as session:
        offered = {
            each.name: (each.locale, each.is_theirs) for each in offered_replies(session, desk.clinic_id, "fr-CA")
        }
    assert offered == {"call": ("fr", True), "wait": ("en", False)}


def test_a_changed_wording_waits_for_review_again(desk, ground, saved):
    reply_id = saved("call", "en", "We will call.")
    saved("call", "en", "We will not call.", is_reviewed=False)
    with ground.database.read() as session, pytest.raises(NotFound):
        fill_reply(session, reply_id, {})


def test_fields_are_filled_and_unknown_ones_refused_before_they_are_saved(desk, ground, saved):
    reply_id = saved("call", "en", "Hello {name}, {clinic}.")
    with ground.database.read() as session:
        assert fill_reply(session, reply_id, {"name": "Ada", "clinic": "North"}) == "Hello Ada, North."
    for body in ("{diagnosis}", "{name.__class__}", "{", "{0}", "{name:>9000}", "{name!r}"):
        with pytest.raises(ShapeWrong):
            saved("bad", "en", body)


@pytest.mark.parametrize(
    ("locale", "body", "named"),
    [
        ("en", "Your cancer results are here.", "cancer, results"),
        ("fr", "Votre prise de sang est demain.", "prise de sang"),
        ("fr", "Venez pour votre thérapie.", "therapie"),
    ],
)
def test_a_reply_that_says_what_for_is_kept_only_when_the_clinic_says_so(desk, ground, ann, locale, body, named):
    said = {"name": "news", "locale": locale, "body": body, "actor": OPERATOR, "now": ann.now}
    with ground.database.write() as session, pytest.raises(ShapeWrong) as refused:
        save_reply(session, desk.clinic_id, **said)
    assert refused.value.values == {"words": named}
    with ground.database.write() as session:
        save_reply(session, desk.clinic_id, **said, may_say_what_for=True)
    with ground.database.read() as session:
        assert [each.body for each in all_replies(session, desk.clinic_id)] == [body]
        audit = session.scalars(select(AuditEvent).where(AuditEvent.object_kind == "saved_reply")).one()
        assert audit.details == {"says_what_for": True}

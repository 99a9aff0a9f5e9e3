"""Two relatives on one phone, both asked about a visit: what they write and press is never taken for the other's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.appointments.models import Appointment
from app.appointments.rules import PatientReply
from app.conversations.models import Conversation
from app.messaging.models import Message
from app.support.models import Ticket, TicketEvent
from app.support.rules import TicketReason
from app.support.sentences import why_sentences
from tests.beds.small_clinic import SmallClinic, open_small_clinic, spoken
from tests.conversations.test_appointment_dialogue import ENGLISH, REMINDED_AT, START
from tests.conversations.test_form_by_text import ask


@pytest.fixture
def clinic(database, clock) -> SmallClinic:
    return open_small_clinic(database, clock, has_library=True)


@pytest.fixture
def shared(clinic) -> SmallClinic:
    """A speaks English, B French; both were asked about Thursday afternoon."""
    clinic.a, clinic.b = clinic.patient(ENGLISH), clinic.patient(ENGLISH, locale="fr-CA")
    clinic.visits = [
        clinic.book(who, START + timedelta(minutes=90 * later)) for later, who in enumerate((clinic.a, clinic.b))
    ]
    clinic.tick()
    clinic.at(REMINDED_AT + timedelta(hours=2))
    assert len(clinic.texts(ENGLISH)) == 2
    return clinic


def replies(clinic) -> list[str | None]:
    return [clinic.rows(Appointment, id=each)[0].reply for each in clinic.visits]


def tickets(clinic) -> list[tuple[str, int | None, int | None]]:
    return [(each.reason, each.patient_id, each.details.get("patients")) for each in clinic.rows(Ticket)]


@pytest.mark.parametrize("words", ["I fell yesterday, can the nurse call", "9", "personne", "what?"])
def test_words_and_a_wish_for_a_person_go_to_a_ticket_of_nobody_that_says_how_many(shared, words):
    (said,) = shared.text(ENGLISH, words)
    assert said.startswith("Thank you. A person from Pine Narrows Health Centre will read your message.")
    assert tickets(shared) == [("who_is_speaking", None, 2)]
    assert shared.rows(Message, direction="inbound")[0].patient_id is None
    assert shared.text(ENGLISH, "are you there?") == []
    assert len(shared.rows(Ticket)) == len(shared.rows(TicketEvent, kind="patient_wrote")) == 1
    assert {each.misunderstood for each in shared.rows(Conversation)} == {0}


def test_after_that_a_digit_is_still_asked_back_and_taken(shared):
    shared.text(ENGLISH, "I fell yesterday, can the nurse call")
    assert shared.text(ENGLISH, "1")[0].startswith("Which appointment do you mean?")
    shared.text(ENGLISH, "2")
    assert replies(shared) == [None, PatientReply.CONFIRMED]


def test_words_of_danger_are_answered_at_once_and_the_red_flag_is_nobodys(shared):
    (said,) = shared.text(ENGLISH, "I want to kill myself")
    assert "988" in said
    assert tickets(shared) == [("red_flag", None, 2)]
    (ticket,) = shared.rows(Ticket)
    assert ticket.urgency == "urgent"
    assert "several patients share" in why_sentences(TicketReason.RED_FLAG, ticket.details)[0]
    assert shared.text(ENGLISH, "I want to kill myself please") == [], "said once"
    assert len(shared.rows(Ticket)) == 1
    assert shared.rows(Message, direction="inbound")[0].patient_id is None


def test_words_of_danger_while_a_person_asks_who_it_is(shared):
    shared.text(ENGLISH, "is the road open")
    assert "911" in shared.text(ENGLISH, "I cannot breathe")[0]
    assert tickets(shared) == [("who_is_speaking", None, 2), ("red_flag", None, 2)]


def test_a_form_goes_on_after_words_of_danger_but_the_flag_is_nobodys(clinic):
    ask(clinic, ENGLISH, "en-CA")
    ask(clinic, ENGLISH, "en-CA")
    told, question = clinic.text(ENGLISH, "worse, trouble breathing")
    assert "911" in told
    assert question
    assert tickets(clinic) == [("red_flag", None, 2)]


def test_after_one_has_confirmed_a_further_digit_is_asked_back(shared):
    shared.text(ENGLISH, "1")
    shared.text(ENGLISH, "1")
    assert replies(shared) == [PatientReply.CONFIRMED, None]
    assert shared.text(ENGLISH, "3")[0].startswith("Which appointment do you mean?")
    assert replies(shared) == [PatientReply.CONFIRMED, None]
    shared.text(ENGLISH, "1")
    assert replies(shared) == [PatientReply.WANTS_CANCEL, None]


def test_after_one_wants_to_cancel_a_further_digit_is_asked_back_and_may_go_to_that_ticket(shared):
    for words in ("3", "1", "2"):
        shared.text(ENGLISH, words)
    assert replies(shared) == [PatientReply.WANTS_CANCEL, None]
    (said,) = shared.text(ENGLISH, "1")
    assert said.startswith("A person from Pine Narrows Health Centre will read your messages")
    assert replies(shared) == [PatientReply.WANTS_CANCEL, None]
    (event,) = shared.rows(TicketEvent, kind="patient_wrote")
    assert shared.rows(Message, id=event.message_id)[0].body == "2"


def test_link_leads_home_thanks_need_nobody_and_an_empty_text_is_nobodys(shared):
    assert "http" in shared.text(ENGLISH, "LINK")[0]
    assert shared.text(ENGLISH, "Thank you!") == []
    shared.text(ENGLISH, " ")
    assert shared.rows(Message, direction="inbound")[-1].patient_id is None
    assert shared.rows(Ticket) == []


def test_a_caller_hears_nobodys_visit_and_keys_change_none(shared):
    turn = shared.dial(ENGLISH, "IN1")
    assert "appointment" not in spoken(turn)
    turn = shared.press("IN1", turn.turn, "3")
    assert replies(shared) == [None, None]
    shared.press("IN1", turn.turn, "9")
    assert [(reason, who) for reason, who, _ in tickets(shared)] == [("call_back", None)]

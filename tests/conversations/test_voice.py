"""Calls: ours and theirs, keys, silence, wrong keys, repeated keypresses, hanging up and calling back."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.appointments.models import Appointment
from app.appointments.rules import PatientReply
from app.conversations.begin_conversation import begin_form
from app.conversations.models import Conversation
from app.conversations.speak import Errand
from app.core.clock import FrozenClock
from app.core.database import Database
from app.core.models import Event
from app.intake.begin_response import begin_response
from app.intake.models import Answer, Response
from app.intake.store import current_version
from app.messaging.models import Call, Message
from app.patients.models import ContactPoint, Patient
from app.patients.store import contact_for
from app.support.models import Ticket
from channels.base import AnsweredBy, CallOutcome
from tests.beds.small_clinic import SmallClinic, open_small_clinic, spoken

TORONTO = ZoneInfo("America/Toronto")
START = datetime(2026, 12, 10, 14, 0, tzinfo=TORONTO)
PHONE = "+13065550155"


@pytest.fixture
def clinic(database: Database, clock: FrozenClock) -> SmallClinic:
    return open_small_clinic(database, clock, has_library=True)


def ring(clinic: SmallClinic, locale: str = "en-CA") -> str:
    """A landline patient is called about an appointment; returns the call's id."""
    clinic.book(clinic.patient(PHONE, locale=locale, is_landline=True), START)
    clinic.tick()
    clinic.at(START - timedelta(days=3))
    (call,) = clinic.calls(PHONE)
    return call


def call_with_form(clinic: SmallClinic, locale: str = "en-CA", name: str = "symptom-check-in") -> str:
    patient_id = clinic.patient(PHONE, locale=locale)
    with clinic.ground.database.write() as session:
        patient = session.get_one(Patient, patient_id)
        version = current_version(session, clinic.clinic_id, name)
        response = begin_response(session, patient, version, locale, clinic.clock.now())
        begin_form(
            session, response, contact=contact_for(session, patient, "voice"), channel="voice",
            errand=Errand(cause=f"test:{response.id}", purpose="call"), now=clinic.clock.now(), public_url="",
        )  # fmt: skip
    clinic.tick()
    (call,) = clinic.calls(PHONE)
    return call


def test_the_call_says_who_when_and_which_keys_and_nothing_clinical(clinic):
    turn = clinic.pick_up(PHONE, ring(clinic))
    assert spoken(turn) == (
        "Hello. This is Pine Narrows Health Centre, calling about an appointment. "
        "The appointment is Thursday, December 10 at 2:00 p.m. "
        "To confirm, press 1. To move it, press 2. To cancel, press 3. To speak with a person, press 9. "
        "To hear this again, press star."
    )
    assert turn.prompt.keys.most == 1


@pytest.mark.parametrize(
    ("locale", "keys", "reply", "says"),
    [
        ("en-CA", "1", PatientReply.CONFIRMED, "Your appointment is confirmed."),
        ("fr-CA", "1", PatientReply.CONFIRMED, "Votre rendez-vous est confirmé."),
        ("fr-CA", "2", PatientReply.WANTS_MOVE, "trouver un autre moment"),
        ("en-CA", "3", PatientReply.WANTS_CANCEL, "you want to cancel"),
        ("en-CA", "9", None, "will call you back"),
        ("en-CA", "0", None, "will call you back"),
    ],
)
def test_a_key_is_taken_and_the_call_ends_kindly(clinic, locale, keys, reply, says):
    call = ring(clinic, locale)
    turn = clinic.pick_up(PHONE, call)
    done = clinic.press(call, turn.turn, keys)
    assert says in spoken(done)
    assert done.hangs_up
    assert clinic.rows(Appointment)[0].reply == reply


def test_a_repeated_keypress_re_reads_the_same_words_and_changes_nothing(clinic):
    call = ring(clinic)
    turn = clinic.pick_up(PHONE, call)
    first = clinic.press(call, turn.turn, "3")
    before = [len(clinic.rows(model)) for model in (Message, Ticket, Event, Conversation, Call)]
    assert clinic.press(call, turn.turn, "3") == first
    assert clinic.press(call, turn.turn, "1") == first
    assert [len(clinic.rows(model)) for model in (Message, Ticket, Event, Conversation, Call)] == before
    assert clinic.rows(Appointment)[0].reply == PatientReply.WANTS_CANCEL


def test_the_same_pick_up_reported_twice_says_the_same(clinic):
    call = ring(clinic)
    assert clinic.pick_up(PHONE, call) == clinic.pick_up(PHONE, call)
    assert len(clinic.rows(Call)) == 1


def test_star_says_it_again(clinic):
    call = ring(clinic)
    turn = clinic.pick_up(PHONE, call)
    again = clinic.press(call, turn.turn, "*")
    assert "To confirm, press 1." in spoken(again)
    assert clinic.press(call, again.turn, "1").hangs_up


def test_silence_is_asked_again_twice_then_we_hang_up_kindly_and_the_question_stays(clinic):
    call = ring(clinic)
    turn = clinic.pick_up(PHONE, call)
    for _ in range(2):
        turn = clinic.press(call, turn.turn, "")
        assert spoken(turn).startswith("We did not hear a key. The appointment is")
    turn = clinic.press(call, turn.turn, "")
    assert turn.hangs_up
    assert "you can call 807-555-0100" in spoken(turn)
    assert clinic.rows(Conversation)[0].state == "waiting"


def test_wrong_keys_three_times_bring_a_person(clinic):
    call = ring(clinic)
    turn = clinic.pick_up(PHONE, call)
    for _ in range(2):
        turn = clinic.press(call, turn.turn, "7")
        assert spoken(turn).startswith("Sorry, that key does nothing here.")
    turn = clinic.press(call, turn.turn, "7")
    assert turn.hangs_up
    assert [ticket.reason for ticket in clinic.rows(Ticket)] == ["not_understood"]


def test_hanging_up_and_calling_back_goes_on_with_the_question(clinic):
    call = ring(clinic)
    clinic.pick_up(PHONE, call)
    clinic.network.change_call(call, CallOutcome.COMPLETED)
    clinic.tick()
    turn = clinic.dial(PHONE, "IN1")
    assert "The appointment is Thursday" in spoken(turn)
    clinic.press("IN1", turn.turn, "1")
    assert clinic.rows(Appointment)[0].reply == PatientReply.CONFIRMED


def test_a_key_that_arrives_after_the_hang_up_is_kept(clinic):
    call = ring(clinic)
    turn = clinic.pick_up(PHONE, call)
    clinic.network.change_call(call, CallOutcome.COMPLETED)
    clinic.tick()
    assert clinic.press(call, turn.turn, "1").hangs_up
    assert clinic.rows(Appointment)[0].reply == PatientReply.CONFIRMED


def test_a_key_for_a_call_nobody_knows_hangs_up(clinic):
    turn = clinic.press("unknown", 3, "1")
    assert turn.hangs_up
    assert clinic.rows(Call) == []


def test_a_reminder_by_text_is_answered_by_calling_in(clinic):
    clinic.book(clinic.patient(PHONE), START)
    clinic.tick()
    clinic.at(START - timedelta(days=3))
    turn = clinic.dial(PHONE, "IN1")
    clinic.press("IN1", turn.turn, "2")
    assert clinic.rows(Appointment)[0].reply == PatientReply.WANTS_MOVE


def test_a_caller_nothing_waits_for_may_ask_to_be_called_back(clinic):
    clinic.patient(PHONE, locale="fr-CA")
    turn = clinic.dial(PHONE, "IN1")
    assert spoken(turn).startswith("Bonjour. Ici Pine Narrows Health Centre. Pour qu'une personne vous rappelle")
    done = clinic.press("IN1", turn.turn, "9")
    assert done.hangs_up
    (ticket,) = clinic.rows(Ticket)
    assert (ticket.reason, ticket.patient_id) == ("call_back", clinic.rows(Patient)[0].id)
    assert clinic.press("IN1", turn.turn, "9") == done
    assert len(clinic.rows(Ticket)) == 1


def test_an_unknown_caller_hears_the_menu_too(clinic):
    turn = clinic.dial("+13065550199", "IN1")
    clinic.press("IN1", turn.turn, "9")
    assert [(ticket.reason, ticket.patient_id) for ticket in clinic.rows(Ticket)] == [("call_back", None)]


def test_a_machine_hears_a_word_only_where_that_is_safe(clinic):
    call = ring(clinic)
    with clinic.ground.database.write() as session:
        session.query(ContactPoint).one().safe_for_voicemail = True
    turn = clinic.pick_up(PHONE, call, answered_by=AnsweredBy.MACHINE)
    assert spoken(turn) == (
        "Hello. This is Pine Narrows Health Centre. Please call us back at 807-555-0100. Thank you."
    )
    assert "appointment" not in spoken(turn)


@pytest.mark.parametrize(
    ("locale", "voice"), [("en-CA", "en"), ("fr-CA", "fr"), ("iu", "en"), ("crk", "en"), ("oj", "en")]
)
def test_only_voices_that_exist_are_asked_for(clinic, locale, voice):
    turn = clinic.pick_up(PHONE, ring(clinic, locale))
    assert {say.locale for say in turn.prompt.says} == {voice}


def test_a_form_by_keys_keeps_answers_and_re_reads_repeated_keys(clinic):
    call = call_with_form(clinic)
    turn = clinic.pick_up(PHONE, call)
    assert "how do you feel" in spoken(turn).lower()
    second = clinic.press(call, turn.turn, "1")
    assert clinic.press(call, turn.turn, "1") == second
    assert clinic.press(call, turn.turn, "2") == second
    (answer,) = clinic.rows(Answer)
    assert (answer.raw, answer.channel, answer.state) == ("1", "voice", "current")


def test_a_red_flag_by_keys_tells_what_to_do_now_and_opens_an_urgent_ticket(clinic):
    call = call_with_form(clinic, "fr-CA")
    turn = clinic.pick_up(PHONE, call)
    turn = clinic.press(call, turn.turn, "1")
    turn = clinic.press(call, turn.turn, "3")
    assert "Appelez le 911 ou votre centre de santé maintenant." in spoken(turn)
    assert [(ticket.reason, ticket.urgency) for ticket in clinic.rows(Ticket)] == [("red_flag", "urgent")]


def test_begun_by_phone_and_finished_by_text_is_one_response(clinic):
    call = call_with_form(clinic)
    turn = clinic.pick_up(PHONE, call)
    clinic.press(call, turn.turn, "1")
    clinic.network.change_call(call, CallOutcome.COMPLETED)
    clinic.tick()
    (question,) = clinic.text(PHONE, "no")
    assert question.startswith("3/")
    (response,) = clinic.rows(Response)
    kept = [(each.channel, each.state) for each in clinic.rows(Answer, response_id=response.id)]
    assert kept == [("voice", "current"), ("sms", "current")]

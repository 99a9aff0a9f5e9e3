"""Reminders and what patients reply, in English and in French, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.appointments.models import Appointment
from app.appointments.rules import AppointmentStatus, PatientReply
from app.conversations.models import Conversation
from app.core.models import Clinic, Event
from app.messaging.attempt import Mark, write_attempts
from app.messaging.claim import claim
from app.messaging.models import Message
from app.pathways.run_due_steps import run_due_steps
from app.patients.models import ContactPoint, OptOut
from app.patients.store import address_index
from app.support.models import Ticket, TicketEvent
from channels.sms.segments import measure
from tests.beds.small_clinic import SmallClinic

TORONTO = ZoneInfo("America/Toronto")
START = datetime(2026, 12, 10, 14, 0, tzinfo=TORONTO)
REMINDED_AT = datetime(2026, 12, 7, 14, 0, 1, tzinfo=TORONTO)
ENGLISH = "+13065550155"
FRENCH = "+13065550156"


@pytest.fixture
def reminded(clinic: SmallClinic) -> SmallClinic:
    """An English and a French patient, both reminded of Thursday at 2 p.m."""
    clinic.english = clinic.book(clinic.patient(ENGLISH), START)  # type: ignore[attr-defined]
    clinic.french = clinic.book(clinic.patient(FRENCH, locale="fr-CA"), START)  # type: ignore[attr-defined]
    clinic.tick()
    clinic.at(REMINDED_AT)
    return clinic


def reply_of(clinic: SmallClinic, appointment_id: int) -> str | None:
    return clinic.rows(Appointment, id=appointment_id)[0].reply


def tickets(clinic: SmallClinic) -> list[str]:
    return [ticket.reason for ticket in clinic.rows(Ticket)]


def test_the_reminder_says_who_when_and_how_to_reply_in_two_segments_and_nothing_clinical(reminded):
    (english,), (french,) = reminded.texts(ENGLISH), reminded.texts(FRENCH)
    assert english == (
        "Pine Narrows Health Centre: your appointment is Thursday, December 10 at 2:00 p.m. "
        "Reply 1 to confirm, 2 to move it, 3 to cancel, 9 for a person. Questions: 807-555-0100. STOP ends texts."
    )
    assert french.startswith("Pine Narrows Health Centre : votre rendez-vous est le jeudi 10 décembre à 14 h 00.")
    for text in (english, french):
        assert measure(text).segments <= 2
        assert measure(text).encoding == "GSM-7"
        assert "Dolly" not in text
        assert "Prenatal" not in text


@pytest.mark.parametrize(
    ("number", "words", "reply", "back"),
    [
        (ENGLISH, "1", PatientReply.CONFIRMED, "See you Thursday, December 10 at 2:00 p.m."),
        (ENGLISH, "Yes please", PatientReply.CONFIRMED, "See you Thursday"),
        (ENGLISH, "2", PatientReply.WANTS_MOVE, "will contact you to find another time"),
        (ENGLISH, "cancel my appointment", PatientReply.WANTS_CANCEL, "You want to cancel"),
        (FRENCH, "1", PatientReply.CONFIRMED, "On vous attend le jeudi 10 décembre à 14 h 00."),
        (FRENCH, "Oui, merci", PatientReply.CONFIRMED, "On vous attend"),
        (FRENCH, "déplacer", PatientReply.WANTS_MOVE, "pour trouver un autre moment"),
        (FRENCH, "deplacer", PatientReply.WANTS_MOVE, "pour trouver un autre moment"),
        (FRENCH, "3", PatientReply.WANTS_CANCEL, "Vous voulez annuler"),
        (FRENCH, "yes", PatientReply.CONFIRMED, "On vous attend"),
        (ENGLISH, "oui", PatientReply.CONFIRMED, "See you Thursday"),
    ],
)
def test_a_digit_or_a_word_in_either_language_is_taken(reminded, number, words, reply, back):
    (text,) = reminded.text(number, words)
    assert back in text
    appointment = reminded.english if number == ENGLISH else reminded.french
    assert reply_of(reminded, appointment) == reply
    (event,) = reminded.rows(Event, kind="appointment_replied")
    assert event.subject_id == appointment
    assert event.details["reply"] == reply
    assert tickets(reminded) == ([] if reply is PatientReply.CONFIRMED else [reply.value])


def test_the_same_text_delivered_again_changes_nothing(reminded):
    reminded.text(ENGLISH, "2", message_id="SM-same")
    before = [len(reminded.rows(model)) for model in (Message, Ticket, TicketEvent, Event, Conversation)]
    assert reminded.text(ENGLISH, "2", message_id="SM-same") == []
    assert [len(reminded.rows(model)) for model in (Message, Ticket, TicketEvent, Event, Conversation)] == before


def test_the_same_answer_in_another_text_is_kept_once(reminded):
    reminded.text(ENGLISH, "1")
    (text,) = reminded.text(ENGLISH, "1")
    assert text.startswith("You are confirmed for Thursday, December 10")
    assert len(reminded.rows(Event, kind="appointment_replied")) == 1


def test_a_mind_may_change_until_the_appointment(reminded):
    reminded.text(ENGLISH, "1")
    (text,) = reminded.text(ENGLISH, "3")
    assert "You want to cancel" in text
    assert reply_of(reminded, reminded.english) == PatientReply.WANTS_CANCEL
    assert tickets(reminded) == ["wants_cancel"]


def test_no_means_neither_move_nor_cancel_and_is_asked_back(reminded):
    (text,) = reminded.text(FRENCH, "Non")
    assert text.startswith("Vous ne pouvez pas venir le jeudi 10 décembre")
    assert reply_of(reminded, reminded.french) is None
    reminded.text(FRENCH, "3")
    assert reply_of(reminded, reminded.french) == PatientReply.WANTS_CANCEL


def test_not_understood_once_gives_the_choices_twice_helps_three_times_brings_a_person(reminded):
    (first,) = reminded.text(ENGLISH, "blah")
    (second,) = reminded.text(ENGLISH, "what?")
    (third,) = reminded.text(ENGLISH, "blah blah")
    assert first.startswith("We could not read that. Reply 1 to confirm")
    assert "For Thursday, December 10 at 2:00 p.m., send one digit: 1 = I am coming" in second
    assert third.startswith("A person from Pine Narrows Health Centre will read your messages")
    assert tickets(reminded) == ["not_understood"]


def test_while_a_ticket_holds_the_conversation_the_engine_is_silent_and_the_words_go_to_the_ticket(reminded):
    reminded.text(FRENCH, "9")
    assert reminded.text(FRENCH, "Est-ce que je peux manger avant?") == []
    assert reminded.text(FRENCH, "1") == []
    (ticket,) = reminded.rows(Ticket, reason="asked_for_person")
    heard = reminded.rows(TicketEvent, ticket_id=ticket.id, kind="patient_wrote")
    bodies = [reminded.rows(Message, id=event.message_id)[0].body for event in heard]
    assert bodies == ["Est-ce que je peux manger avant?", "1"]


def test_an_answer_to_a_time_that_has_changed_is_refused_kindly_with_the_new_time(reminded):
    reminded.move(reminded.english, START + timedelta(days=1))
    (text,) = reminded.text(ENGLISH, "1")
    assert text.startswith("Your appointment has changed since we asked. It is now Friday, December 11 at 2:00 p.m.")
    assert reply_of(reminded, reminded.english) is None
    (text,) = reminded.text(ENGLISH, "1")
    assert "See you Friday, December 11" in text
    assert reply_of(reminded, reminded.english) == PatientReply.CONFIRMED


def test_an_answer_to_a_cancelled_appointment_says_that_it_is_no_longer_booked(reminded):
    reminded.set_status(reminded.english, AppointmentStatus.CANCELLED)
    (text,) = reminded.text(ENGLISH, "1")
    assert text == (
        "The appointment of Thursday, December 10 at 2:00 p.m. is no longer booked. Questions: 807-555-0100."
    )
    assert reply_of(reminded, reminded.english) is None


def test_an_answer_after_the_appointment_goes_to_a_person(reminded):
    reminded.at(START + timedelta(hours=1))
    (text,) = reminded.text(ENGLISH, "1")
    assert "came after the question was closed" in text
    assert "late_answer" in tickets(reminded)


def test_stop_comes_before_everything_is_answered_once_and_nothing_more_goes(reminded):
    (text,) = reminded.text(FRENCH, "ARRÊT")
    assert text.startswith("Vous ne recevrez plus de textos de Pine Narrows Health Centre.")
    assert reminded.text(FRENCH, "stop") == []
    assert [row.word for row in reminded.rows(OptOut)] == ["stop"]
    reminded.at(START - timedelta(hours=1, minutes=50))
    assert len(reminded.texts(FRENCH)) == 2
    (text,) = reminded.text(FRENCH, "START")
    assert text.startswith("Vous recevrez de nouveau les textos")


def test_a_stop_that_the_carrier_has_answered_is_not_answered_twice(reminded):
    assert reminded.text(ENGLISH, "STOP", consent_word="stop") == []
    assert len(reminded.rows(OptOut)) == 1


def test_cancel_is_an_opt_out_at_the_carrier_and_the_wish_to_cancel(reminded):
    assert reminded.text(ENGLISH, "CANCEL", consent_word="stop") == []
    assert reply_of(reminded, reminded.english) == PatientReply.WANTS_CANCEL
    assert tickets(reminded) == ["wants_cancel"]
    assert [(row.word, row.source) for row in reminded.rows(OptOut)] == [("carrier_word", "carrier")]


def test_cancel_where_no_carrier_acts_on_it_is_only_the_wish_to_cancel(reminded):
    (text,) = reminded.text(ENGLISH, "CANCEL")
    assert "You want to cancel" in text
    assert reminded.rows(OptOut) == []


def test_help_says_who_writes_and_how_to_reach_a_person(reminded):
    (text,) = reminded.text(FRENCH, "AIDE")
    assert text.startswith("Pine Narrows Health Centre : textos sur vos rendez-vous")
    assert "807-555-0100" in text
    assert reply_of(reminded, reminded.french) is None


@pytest.mark.parametrize(
    ("words", "values", "back"),
    [
        ("", {}, "Your message came empty."),
        ("  \u200f\x00 ", {}, "Your message came empty."),
        ("x" * 10_000, {}, "Your message is too long"),
        ("😀" * 30, {}, "We could not read that."),
        ("\u202e1 or 2\u202c", {}, "We could not read that."),
    ],
)
def test_texts_nobody_could_read_get_a_clear_answer_and_are_kept_whole(reminded, words, values, back):
    (text,) = reminded.text(ENGLISH, words, **values)
    assert text.startswith(back)
    assert reminded.rows(Message, direction="inbound")[0].body == words
    assert reply_of(reminded, reminded.english) is None


def test_one_with_a_null_byte_in_it_is_read(reminded):
    reminded.text(ENGLISH, "1\x00")
    assert reply_of(reminded, reminded.english) == PatientReply.CONFIRMED


def test_a_wrong_number_stops_all_texts_to_it_and_tells_a_person(reminded):
    (text,) = reminded.text(ENGLISH, "Wrong number!")
    assert text.startswith("Thank you for telling us, and sorry.")
    assert tickets(reminded) == ["wrong_number"]
    reminded.at(START - timedelta(hours=1, minutes=50))
    assert len(reminded.texts(ENGLISH)) == 2


def test_two_patients_on_one_phone_are_told_apart_by_day_and_time_never_guessed(clinic):
    first = clinic.book(clinic.patient(ENGLISH), START)
    second = clinic.book(clinic.patient(ENGLISH), START + timedelta(hours=1, minutes=30))
    clinic.tick()
    clinic.at(REMINDED_AT + timedelta(hours=2))
    assert len(clinic.texts(ENGLISH)) == 2
    (question,) = clinic.text(ENGLISH, "1")
    assert question == (
        "Which appointment do you mean? Reply 1 = Thursday, December 10 at 2:00 p.m., "
        "2 = Thursday, December 10 at 3:30 p.m."
    )
    (text,) = clinic.text(ENGLISH, "2")
    assert "See you Thursday, December 10 at 3:30 p.m." in text
    assert (reply_of(clinic, first), reply_of(clinic, second)) == (None, PatientReply.CONFIRMED)
    assert clinic.text(ENGLISH, "3") == [question], "who has answered may change their mind"
    assert (reply_of(clinic, first), reply_of(clinic, second)) == (None, PatientReply.CONFIRMED)
    clinic.text(ENGLISH, "1")
    assert (reply_of(clinic, first), reply_of(clinic, second)) == (PatientReply.WANTS_CANCEL, PatientReply.CONFIRMED)


def test_whoever_will_not_say_which_one_reaches_a_person(clinic):
    for hours in (0, 1):
        clinic.book(clinic.patient(ENGLISH), START + timedelta(hours=hours))
    clinic.tick()
    clinic.at(REMINDED_AT + timedelta(hours=2))
    for words in ("3", "huh", "what", "huh"):
        clinic.text(ENGLISH, words)
    assert tickets(clinic) == ["who_is_speaking"]


def test_a_text_nobody_waited_for_reaches_a_person_and_is_answered_once(clinic):
    clinic.patient(ENGLISH)
    (text,) = clinic.text(ENGLISH, "I feel very dizzy since yesterday")
    assert text.startswith("Thank you. A person from Pine Narrows Health Centre will read your message.")
    assert clinic.text(ENGLISH, "are you there?") == []
    (ticket,) = clinic.rows(Ticket)
    assert ticket.reason == "unexpected_message"
    assert len(clinic.rows(TicketEvent, kind="patient_wrote")) == 1


def test_an_unknown_number_gets_the_same_answer_as_a_known_one(clinic):
    clinic.patient(ENGLISH)
    assert clinic.text(ENGLISH, "hello there") == clinic.text("+13065550199", "hello there")
    assert [ticket.patient_id is None for ticket in clinic.rows(Ticket)] == [False, True]


def test_two_on_a_phone_writing_unasked_are_not_guessed(clinic):
    clinic.patient(ENGLISH)
    clinic.patient(ENGLISH)
    clinic.text(ENGLISH, "my results please")
    (ticket,) = clinic.rows(Ticket)
    assert (ticket.reason, ticket.patient_id) == ("who_is_speaking", None)


def test_thanks_need_no_answer_and_no_person(clinic):
    clinic.patient(ENGLISH)
    assert clinic.text(ENGLISH, "Thank you!") == []
    assert clinic.rows(Ticket) == []


def test_a_language_without_words_is_spoken_to_in_the_declared_fallback(clinic):
    clinic.book(clinic.patient(ENGLISH, locale="crk"), START)
    clinic.tick()
    clinic.at(REMINDED_AT)
    assert clinic.texts(ENGLISH)[0].startswith("Pine Narrows Health Centre: your appointment is")
    (text,) = clinic.text(ENGLISH, "1")
    assert text.startswith("Thank you.")


def test_two_at_the_same_hour_are_told_apart_by_their_neutral_names_or_by_a_person(clinic):
    numbers = {ENGLISH: ("A.", "B."), "+13065550188": (None, None)}
    booked = {}
    for number, labels in numbers.items():
        patients = [clinic.patient(number) for _ in labels]
        with clinic.ground.database.write() as session:
            for patient_id, label in zip(patients, labels, strict=True):
                session.query(ContactPoint).filter_by(patient_id=patient_id).one().label = label
        booked[number] = [clinic.book(patient_id, START) for patient_id in patients]
    clinic.tick()
    clinic.at(REMINDED_AT)
    (question,) = clinic.text(ENGLISH, "1")
    when = "Thursday, December 10 at 2:00 p.m."
    assert question == f"Which appointment do you mean? Reply 1 = A., {when}, 2 = B., {when}"
    clinic.text(ENGLISH, "2")
    assert [reply_of(clinic, each) for each in booked[ENGLISH]] == [None, PatientReply.CONFIRMED]
    (handed,) = clinic.text("+13065550188", "1")
    assert handed.startswith("A person from Pine Narrows Health Centre will read your messages")
    assert [reply_of(clinic, each) for each in booked["+13065550188"]] == [None, None]
    assert tickets(clinic) == ["who_is_speaking"]


def test_wrong_number_said_again_and_again_is_answered_once_and_is_one_ticket(reminded):
    words = ("Wrong number!", "wrong number", "You have the wrong number.")
    assert [len(reminded.text(ENGLISH, each)) for each in words] == [1, 0, 0]
    assert [len(reminded.text("+13065550177", each)) for each in words] == [1, 0, 0], "nor where nobody is known"
    assert tickets(reminded) == ["wrong_number", "wrong_number"]


@pytest.mark.parametrize("words", ["Wrong number. Please stop", "Mauvais numéro, arrêtez"])
def test_stop_and_wrong_number_in_one_text_are_both_done_and_answered_once(reminded, words):
    (said,) = reminded.text(ENGLISH, words)
    assert said == "Thank you for telling us, and sorry. You will get no more texts from Pine Narrows Health Centre."
    assert reminded.text(ENGLISH, words) == []
    assert [(row.word, row.source) for row in reminded.rows(OptOut)] == [("stop", "patient")]
    (point,) = reminded.rows(ContactPoint, address_index=address_index(ENGLISH))
    assert (point.state, point.reason) == ("suspended", "wrong_number")
    assert tickets(reminded) == ["wrong_number"]
    reminded.at(START - timedelta(hours=1, minutes=50))
    assert len(reminded.texts(ENGLISH)) == 2


def test_stop_after_wrong_number_is_obeyed_while_the_ticket_is_open(reminded):
    reminded.text(ENGLISH, "wrong number")
    reminded.text(ENGLISH, "Wrong number, stop texting me")
    assert len(reminded.rows(OptOut)) == 1
    assert tickets(reminded) == ["wrong_number"]


@pytest.mark.parametrize(
    ("words", "locale"),
    [("ARRÊT", "fr"), ("ARRETEZ", "fr"), ("mauvais numéro", "fr"), ("AIDE", "fr"), ("stop texting me", "en")],
)
def test_whose_language_is_not_known_is_answered_in_that_of_the_words(clinic, words, locale):
    clinic.patient(ENGLISH)
    clinic.patient(ENGLISH, locale="fr-CA")
    for number in (ENGLISH, "+13065550199"):
        clinic.text(number, words)
    assert [row.locale.partition("-")[0] for row in clinic.rows(Message, direction="outbound")] == [locale, locale]


def test_english_words_are_answered_in_english_by_a_french_clinic_and_a_patient_in_their_own_language(clinic):
    with clinic.ground.database.write() as session:
        session.get_one(Clinic, clinic.clinic_id).locale = "fr-CA"
    clinic.patient(FRENCH, locale="fr-CA")
    for number, words in (("+13065550199", "wrong number"), ("+13065550198", "STOP"), (FRENCH, "stop texting me")):
        clinic.text(number, words)
    assert [row.locale for row in clinic.rows(Message, direction="outbound")] == ["en", "fr-CA", "fr-CA"]


def test_wrong_number_said_again_suspends_whoever_got_the_number_since(reminded):
    reminded.text(ENGLISH, "wrong number")
    later = reminded.patient(ENGLISH)
    reminded.book(later, START + timedelta(hours=1))
    reminded.tick()
    reminded.pass_time(timedelta(hours=2))
    reached = len(reminded.texts(ENGLISH))
    assert reminded.text(ENGLISH, "Wrong number!!") == []
    points = reminded.rows(ContactPoint, address_index=address_index(ENGLISH))
    assert [(each.state, each.reason) for each in points] == [("suspended", "wrong_number")] * 2
    assert tickets(reminded).count("wrong_number") == 1
    reminded.at(START - timedelta(hours=1))
    assert len(reminded.texts(ENGLISH)) == reached
    assert {each.state for each in reminded.rows(Conversation, patient_id=later)} == {"stopped"}


def test_a_wrong_number_ends_what_a_runner_holds_and_calls_too(clinic):
    clinic.book(clinic.patient(ENGLISH), START)
    clinic.tick()
    clinic.clock.at = REMINDED_AT
    run_due_steps(clinic.ground)
    _, (held,) = claim(clinic.ground, limit=5, lease=timedelta(seconds=60))
    clinic.hear(ENGLISH, "wrong number")
    with clinic.ground.database.write() as session:
        assert write_attempts(session, [Mark(held, clinic.clock.now())]) == [False]
    clinic.tick()
    clinic.at(START - timedelta(hours=2))
    assert len(clinic.texts(ENGLISH)) == 1, "only that we are sorry"
    assert clinic.calls(ENGLISH) == []
    assert tickets(clinic) == ["wrong_number", "ladder_ran_out"], "the visit itself goes to a person"


@pytest.mark.parametrize("words", ["I dialled a wrong number yesterday", "j'ai fait un faux numero hier"])
def test_who_only_tells_of_a_wrong_number_keeps_their_texts(reminded, words):
    reminded.text(ENGLISH, words)
    assert "wrong_number" not in tickets(reminded)


@pytest.mark.parametrize("words", ["QUIT", "End", "remove", "quit."])
def test_a_word_that_closes_lines_elsewhere_closes_ours_where_nothing_was_asked(clinic, words):
    clinic.patient(ENGLISH)
    assert clinic.text(ENGLISH, words)[0].startswith("You will get no more texts from")
    assert clinic.text(ENGLISH, words) == []
    assert len(clinic.rows(OptOut)) == 1

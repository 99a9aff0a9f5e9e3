"""Words of danger in any text: a person and the patient are told at once, whatever was asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.conversations.alarm_words import Alarm, read_alarm
from app.core.clock import FrozenClock
from app.core.database import Database
from app.core.models import Clinic
from app.intake.models import Answer
from app.messaging.models import Message
from app.support.models import Ticket, TicketEvent
from channels.sms.segments import measure
from tests.beds.small_clinic import SmallClinic, open_small_clinic
from tests.conversations.test_appointment_dialogue import ENGLISH, FRENCH, REMINDED_AT, START
from tests.conversations.test_form_by_text import ask

DANGER, SELF_HARM = Alarm.DANGER, Alarm.SELF_HARM
CASES = [
    ("I have chest pain", DANGER), ("no I have chest pain", DANGER), ("CHEST PAINS!!", DANGER),
    ("my chest hurts and I can't breathe", DANGER), ("cant breath", DANGER), ("he wont wake up", DANGER),
    ("I think its a heart attack", DANGER), ("this is an emergency", DANGER), ("not safe at home", DANGER),
    ("no chest pain but trouble breathing", DANGER), ("my husband overdosed", DANGER),
    ("j’ai mal à la poitrine", DANGER), ("J'AI PLUS MAL A LA POITRINE QU'HIER", DANGER),
    ("elle respire plus", DANGER), ("je peux pas respirer", DANGER), ("c'est une urgence", DANGER),
    ("il ne se réveille pas", DANGER), ("misère à respirer depuis hier", DANGER), ("douleur à la poitrine", DANGER),
    ("I want to die", SELF_HARM), ("I dont want to die", SELF_HARM), ("thinking about suicide", SELF_HARM),
    ("I'd be better off dead", SELF_HARM), ("je veux mourir", SELF_HARM), ("je pense à me suicider", SELF_HARM),
    ("j'ai plus envie de vivre", SELF_HARM), ("m’enlever la vie", SELF_HARM),
    ("no chest pain", None), ("no more chest pain", None), ("I don't have any chest pain", None),
    ("without chest pain", None), ("pas de douleur à la poitrine", None), ("je n'ai pas mal à la poitrine", None),
    ("aucune douleur à la poitrine", None), ("1", None), ("yes", None), ("oui", None), ("", None), ("\x00", None),
    ("Is the stroke clinic open?", None), ("call me", None), ("dying to know the date", None), ("urgent?", None),
    ("je meurs de rire", None), ("the pain is in my foot", None), ("x " * 900 + "chest pain", DANGER),
]  # fmt: skip


@pytest.fixture
def clinic(database: Database, clock: FrozenClock) -> SmallClinic:
    return open_small_clinic(database, clock, has_library=True)


@pytest.mark.parametrize(("text", "alarm"), CASES, ids=lambda value: str(value)[:40] or "empty")
def test_words_of_danger_are_told_from_others(text, alarm):
    assert read_alarm(text) is alarm


def test_a_clinic_adds_phrases_of_its_own():
    assert read_alarm("My water broke!", ["water broke"]) is DANGER
    assert read_alarm("My water broke!") is None


@pytest.mark.parametrize(
    ("number", "words", "told"),
    [
        (ENGLISH, "no I have chest pain", "If this is an emergency, call 911 now. Someone from Pine Narrows"),
        (FRENCH, "je veux mourir", "Vous pouvez aussi appeler ou texter le 988 à toute heure"),
    ],
)
def test_instead_of_an_answer_to_a_reminder(clinic, number, words, told):
    clinic.book(clinic.patient(number, locale="fr-CA" if number == FRENCH else "en-CA"), START)
    clinic.tick()
    clinic.at(REMINDED_AT)
    (text,) = clinic.text(number, words, message_id="SM-1")
    assert told in text
    assert measure(text).segments <= 3
    (ticket,) = clinic.rows(Ticket)
    assert (ticket.reason, ticket.urgency) == ("red_flag", "urgent")
    assert clinic.text(number, words, message_id="SM-1") == []
    assert clinic.text(number, words + " please") == []  # said once; the words go to the same ticket
    assert len(clinic.rows(Ticket)) == 1
    assert len(clinic.rows(TicketEvent, kind="patient_wrote")) == 1


def test_out_of_the_blue(clinic):
    clinic.patient(ENGLISH)
    (text,) = clinic.text(ENGLISH, "my dad is not breathing")
    assert "911" in text
    assert [(each.reason, each.urgency) for each in clinic.rows(Ticket)] == [("red_flag", "urgent")]


def test_in_a_form_the_answer_is_still_taken_and_the_form_goes_on(clinic):
    ask(clinic, ENGLISH, "en-CA")
    told, question = clinic.text(ENGLISH, "worse, trouble breathing")
    assert "911" in told
    assert question
    assert [(each.reason, each.urgency) for each in clinic.rows(Ticket)] == [("red_flag", "urgent")]


def test_while_a_person_holds_the_conversation_it_becomes_urgent_too(clinic):
    clinic.patient(ENGLISH)
    clinic.text(ENGLISH, "hello is anybody there")
    (text,) = clinic.text(ENGLISH, "I can't breathe")
    assert "911" in text
    assert [(each.reason, each.urgency) for each in clinic.rows(Ticket)] == [
        ("unexpected_message", "routine"),
        ("red_flag", "urgent"),
    ]


def test_the_clinics_own_words_are_said_where_it_has_some(clinic):
    with clinic.ground.database.write() as session:
        session.get_one(Clinic, clinic.clinic_id).settings = {
            "emergency_words": {"en": "Call the nursing station now: 867-555-0100."}
        }
    clinic.patient(ENGLISH)
    clinic.patient(FRENCH, locale="fr-CA")
    assert clinic.text(ENGLISH, "chest pain") == ["Call the nursing station now: 867-555-0100."]
    assert "911" in clinic.text(FRENCH, "mal à la poitrine")[0]


def test_stop_still_beats_everything(clinic):
    clinic.patient(ENGLISH)
    clinic.text(ENGLISH, "STOP")
    assert clinic.rows(Ticket) == []


def test_after_the_red_flag_is_closed_new_words_raise_a_new_one(clinic):
    clinic.patient(ENGLISH)
    clinic.text(ENGLISH, "chest pain")
    with clinic.ground.database.write() as session:
        session.get_one(Ticket, clinic.rows(Ticket)[0].id).state = "closed"
    clinic.pass_time(timedelta(hours=1))
    assert "911" in clinic.text(ENGLISH, "chest pain again")[0]
    assert len(clinic.rows(Message, purpose="emergency")) == 2
    assert clinic.rows(Answer) == []

"""A form asked question by question by text: raw words kept, red flags, hand-over, links, reminders in between."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.conversations.begin_conversation import begin_form
from app.conversations.models import Conversation
from app.conversations.speak import Errand
from app.core.clock import FrozenClock
from app.core.database import Database
from app.core.events import record_event
from app.core.models import Clinic, Event
from app.intake.begin_response import begin_response
from app.intake.models import Answer, Response
from app.intake.publish_questionnaire import publish_questionnaire
from app.intake.store import current_version
from app.messaging.models import Message
from app.patients.models import Link, Patient
from app.patients.store import contact_for
from app.support.models import Ticket, TicketEvent
from app.support.rules import TicketState
from channels.sms.segments import Encoding, measure
from forms.state import State
from tests.beds.small_clinic import SmallClinic, open_small_clinic

ENGLISH = "+13065550155"
FRENCH = "+13065550156"
TORONTO = ZoneInfo("America/Toronto")


@pytest.fixture
def clinic(database: Database, clock: FrozenClock) -> SmallClinic:
    return open_small_clinic(database, clock, has_library=True)


def ask(clinic: SmallClinic, number: str, locale: str, name: str = "symptom-check-in", channel: str = "sms") -> int:
    """Begin the form with a new patient; returns the response's id."""
    patient_id = clinic.patient(number, locale=locale)
    with clinic.ground.database.write() as session:
        patient = session.get_one(Patient, patient_id)
        version = current_version(session, clinic.clinic_id, name)
        response = begin_response(session, patient, version, locale, clinic.clock.now())
        contact = contact_for(session, patient, "sms")
        errand = Errand(cause=f"test:{response.id}:{channel}", purpose="question")
        begin_form(
            session, response, contact=contact, channel=channel, errand=errand, now=clinic.clock.now(),
            public_url=clinic.ground.public_url,
        )  # fmt: skip
    clinic.tick()
    return response.id


LETTERS = {
    "url": "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-enableWhenExpression",
    "valueExpression": {
        "language": "text/fhirpath",
        "expression": "%resource.item.where(linkId='name').answer.value.toChars().count() > 3",
    },
}
TYPED = {
    "resourceType": "Questionnaire", "status": "active", "title": "Names", "language": "en-CA",
    "item": [
        {"linkId": "name", "type": "string", "text": "What is your pet\u2019s name \u2013 or nickname\u2026?"},
        {"linkId": "why", "type": "string", "text": "Why so long?", "extension": [LETTERS]},
    ],
}  # fmt: skip


def publish(clinic: SmallClinic, resource: dict, name: str) -> None:
    with clinic.ground.database.write() as session:
        publish_questionnaire(
            session, session.get_one(Clinic, clinic.clinic_id), resource, name=name, now=clinic.clock.now()
        )


def test_what_only_the_server_can_compute_decides_what_is_asked_by_text(clinic):
    publish(clinic, TYPED, "names")
    ask(clinic, ENGLISH, "en-CA", "names")
    (question,) = clinic.text(ENGLISH, "Rex the Third")
    assert question == "2/2 Why so long?"
    clinic.text(ENGLISH, "Family")
    (response,) = clinic.rows(Response)
    assert response.status == "completed"


def test_a_birth_date_the_clinic_knows_is_not_asked_and_never_texted(clinic):
    url = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-initialExpression"

    def known(link_id: str, kind: str, path: str) -> dict:
        told = {"url": url, "valueExpression": {"language": "text/fhirpath", "expression": f"%patient.{path}"}}
        return {"linkId": link_id, "type": kind, "text": f"Your {link_id}?", "extension": [told]}

    items = [known("birth date", "date", "birthDate"), known("family name", "string", "name.family")]
    pet = {"linkId": "pet", "type": "string", "text": "Your pet?"}
    publish(clinic, {**TYPED, "item": [*items, pet]}, "known")
    response_id = ask(clinic, ENGLISH, "en-CA", "known")
    _, question = clinic.texts(ENGLISH)
    assert question == "2/3 Your family name?"  # this patient has none on file
    assert clinic.text(ENGLISH, "Roy") == ["3/3 Your pet?"]
    assert "1980" not in " ".join(clinic.text(ENGLISH, "review"))
    clinic.text(ENGLISH, "Rex")
    assert current(clinic, response_id) == {"family name": "Roy", "pet": "Rex"}  # what this patient said
    (response,) = clinic.rows(Response)
    assert State.from_json(response.state).answers["birth date"].value == "1980-05-17"  # and what is filed besides


def test_typographic_signs_are_written_plainly_before_the_text_is_measured_and_split(clinic):
    signs = "\u2019\u2026\u2013 "
    long = {**TYPED, "item": [{"linkId": "name", "type": "string", "text": "Tell us" + signs * 200 + "?"}]}
    publish(clinic, long, "signs")
    ask(clinic, ENGLISH, "en-CA", "signs")
    intro, *prompt = clinic.texts(ENGLISH)
    assert len(prompt) == 2  # 1,008 letters of GSM-7; left as they are they would need twelve parts in UCS-2
    assert all(measure(body).encoding is Encoding.GSM_7 and measure(body).segments <= 6 for body in [intro, *prompt])
    assert "".join(prompt).replace(" ", "") == ("1/1Tellus" + "'...-" * 200 + "?").replace(" ", "")


def current(clinic: SmallClinic, response_id: int) -> dict[str, object]:
    return {each.path: each.value for each in clinic.rows(Answer, response_id=response_id, state="current")}


def test_the_first_text_says_who_asks_and_the_second_asks(clinic):
    ask(clinic, FRENCH, "fr-CA")
    intro, question = clinic.texts(FRENCH)
    assert intro.startswith("Pine Narrows Health Centre : quelques questions pour vous.")
    assert "1 Mieux" in question


def test_a_check_in_in_french_from_the_first_question_to_the_receipt(clinic):
    response_id = ask(clinic, FRENCH, "fr-CA")
    for words in ("mieux", "non", "non", "non", "oui", "37,8", "3", "passer", "non", "non", "non", "non", "rien"):
        texts = clinic.text(FRENCH, words)
        if clinic.rows(Response)[0].status == "completed":
            break
    (response,) = clinic.rows(Response)
    assert response.status == "completed", texts
    assert response.receipt_code
    (event,) = clinic.rows(Event, kind="response_completed")
    assert event.subject_id == response_id
    temperature = next(each for each in clinic.rows(Answer, state="current") if each.raw == "37,8")
    assert (temperature.value if not isinstance(temperature.value, dict) else temperature.value["value"]) == 37.8
    assert temperature.message_id is not None
    assert clinic.rows(Conversation)[0].state == "completed"


def test_a_red_flag_opens_an_urgent_ticket_tells_what_to_do_now_and_goes_on(clinic):
    ask(clinic, FRENCH, "fr-CA")
    clinic.text(FRENCH, "1")
    told, question = clinic.text(FRENCH, "beaucoup")
    assert told == "Appelez le 911 ou votre centre de santé maintenant. Une personne de la clinique est prévenue."
    assert question.startswith("3/")
    (ticket,) = clinic.rows(Ticket)
    assert (ticket.reason, ticket.urgency) == ("red_flag", "urgent")
    assert clinic.rows(Conversation)[0].state == "waiting"


def test_two_red_flags_in_one_form_are_one_urgent_ticket_with_both_reasons(clinic):
    """Each is told what to do now; the second joins the first, and after closing a third opens a ticket of its own."""
    ask(clinic, ENGLISH, "en-CA")
    for words in ("1", "3", "yes"):
        clinic.text(ENGLISH, words)
    (ticket,) = clinic.rows(Ticket)
    assert ticket.urgency == "urgent"
    flags = [{"rule": "severe-breathing", "path": "breathing"}, {"rule": "chest-pain", "path": "chest-pain"}]
    assert ticket.details["flags"] == flags
    kinds = [event.kind for event in clinic.rows(TicketEvent, ticket_id=ticket.id)]
    assert kinds.count("flagged") == 1
    assert sum(text.startswith("Call 911") for text in clinic.texts(ENGLISH)) == 2
    with clinic.ground.database.write() as session:
        session.get_one(Ticket, ticket.id).state = "closed"
    clinic.text(ENGLISH, "yes")
    assert [each.details["flags"][0]["rule"] for each in clinic.rows(Ticket)] == ["severe-breathing", "fainted"]


def test_words_of_danger_and_an_answer_share_one_ticket_in_either_order(clinic):
    """The words come first in one language's form, last in the other's; each is a reason in the one urgent ticket."""
    for who, locale, said in ((ENGLISH, "en-CA", ("1 i cant breathe", "1", "3")), (FRENCH, "fr-CA", ("1", "beaucoup"))):
        ask(clinic, who, locale)
        for words in said:
            clinic.text(who, words)
    clinic.text(FRENCH, "je ne peux plus respirer")
    reasons = [[flag["rule"] for flag in ticket.details["flags"]] for ticket in clinic.rows(Ticket)]
    assert reasons == [["words:danger", "severe-breathing"], ["severe-breathing", "words:danger"]]


def test_a_red_flag_without_words_of_its_own_is_told_in_the_clinics(clinic):
    with clinic.ground.database.write() as session:
        version = current_version(session, clinic.clinic_id, "symptom-check-in")
        source = json.loads(json.dumps(version.source))
        breathing = next(item for item in source["item"] if item["linkId"] == "breathing")
        rule = next(each for each in breathing["extension"] if "answer" in each["url"])
        rule["extension"] = [part for part in rule["extension"] if part["url"] != "tell"]
        version.source, version.content_hash = source, "without-tell"
        settings = {"emergency_words": {"fr": "Appelez le poste de soins : 911."}}
        session.get_one(Clinic, clinic.clinic_id).settings = settings
    ask(clinic, FRENCH, "fr-CA")
    clinic.text(FRENCH, "1")
    assert "Appelez le poste de soins : 911." in clinic.text(FRENCH, "beaucoup")


def test_the_same_answer_delivered_twice_is_kept_once_and_raises_one_red_flag(clinic):
    ask(clinic, ENGLISH, "en-CA")
    clinic.text(ENGLISH, "1")
    clinic.text(ENGLISH, "3", message_id="SM-same")
    before = [len(clinic.rows(model)) for model in (Answer, Ticket, TicketEvent, Message)]
    assert clinic.text(ENGLISH, "3", message_id="SM-same") == []
    assert [len(clinic.rows(model)) for model in (Answer, Ticket, TicketEvent, Message)] == before
    assert before[:2] == [2, 1]


def test_an_answer_given_again_supersedes_and_both_are_kept(clinic):
    response_id = ask(clinic, ENGLISH, "en-CA")
    clinic.text(ENGLISH, "better")
    clinic.text(ENGLISH, "back")
    clinic.text(ENGLISH, "worse")
    kept = [(each.raw, each.state) for each in clinic.rows(Answer, response_id=response_id)]
    assert kept == [("better", "superseded"), ("worse", "current")]


def test_three_replies_not_understood_hand_over_and_closing_the_ticket_gives_the_question_back(clinic):
    ask(clinic, ENGLISH, "en-CA")
    for words in ("blue", "green"):
        clinic.text(ENGLISH, words)
    (text,) = clinic.text(ENGLISH, "red")
    assert "A person from the clinic will help you" in text
    (ticket,) = clinic.rows(Ticket)
    assert ticket.reason == "not_understood"
    assert clinic.text(ENGLISH, "1") == []
    with clinic.ground.database.write() as session:
        session.get_one(Ticket, ticket.id).state = TicketState.CLOSED
        for _ in range(2):
            record_event(
                session, "ticket_closed", clinic_id=clinic.clinic_id, subject_id=ticket.id, now=clinic.clock.now()
            )
    before = len(clinic.texts(ENGLISH))
    clinic.tick()
    back, question = clinic.texts(ENGLISH)[before:]
    assert back == "Now back to our questions."
    assert question.startswith("1/")
    (question,) = clinic.text(ENGLISH, "1")
    assert question.startswith("2/")


def test_a_reminder_takes_the_line_and_the_form_goes_on_after_it(clinic):
    ask(clinic, ENGLISH, "en-CA")
    clinic.text(ENGLISH, "1")
    patient_id = clinic.rows(Patient)[0].id
    start = datetime(2026, 12, 5, 14, 0, tzinfo=TORONTO)
    clinic.book(patient_id, start)
    clinic.at(start - timedelta(days=3))
    assert "your appointment is Saturday, December 5" in clinic.texts(ENGLISH)[-1]
    thanks, back, question = clinic.text(ENGLISH, "1")
    assert thanks.startswith("Thank you. See you Saturday")
    assert back == "Now back to our questions."
    assert question.startswith("2/")


def test_nobody_is_interrupted_in_the_middle_of_a_form(clinic):
    ask(clinic, ENGLISH, "en-CA")
    clinic.text(ENGLISH, "1")
    patient_id = clinic.rows(Patient)[0].id
    start = clinic.clock.at + timedelta(days=3, minutes=1)
    clinic.book(patient_id, start)
    clinic.pass_time(timedelta(minutes=2))
    assert not [text for text in clinic.texts(ENGLISH) if "your appointment is" in text]
    clinic.pass_time(timedelta(minutes=31))
    assert [text for text in clinic.texts(ENGLISH) if "your appointment is" in text]


def test_link_sends_the_page_of_the_same_response(clinic):
    response_id = ask(clinic, FRENCH, "fr-CA")
    clinic.text(FRENCH, "mieux")
    (text,) = clinic.text(FRENCH, "LIEN")
    assert text.startswith("Voici votre page : http://clinic.test/p/")
    (link,) = clinic.rows(Link)
    assert link.response_id == response_id
    assert len(current(clinic, response_id)) == 1


def test_stop_ends_the_form_and_keeps_what_was_said(clinic):
    response_id = ask(clinic, ENGLISH, "en-CA")
    clinic.text(ENGLISH, "better")
    clinic.text(ENGLISH, "STOP")
    assert clinic.rows(Conversation)[0].state == "stopped"
    assert len(current(clinic, response_id)) == 1


def test_help_gives_the_line_and_the_question_again(clinic):
    ask(clinic, ENGLISH, "en-CA")
    about, question = clinic.text(ENGLISH, "HELP")
    assert about.startswith("Pine Narrows Health Centre: texts about")
    assert "1/" in question


def test_an_answer_after_the_form_expired_goes_to_a_person_with_its_form(clinic):
    response_id = ask(clinic, ENGLISH, "en-CA")
    clinic.pass_time(timedelta(days=8))
    (text,) = clinic.text(ENGLISH, "better")
    assert "came after the question was closed" in text
    (ticket,) = clinic.rows(Ticket)
    assert (ticket.reason, ticket.response_id) == ("late_answer", response_id)


@pytest.mark.parametrize("words", ["", "\x00", "😀😀😀", "\u202e\u202c", "x" * 10_000, "a" * 1_900])
def test_no_text_breaks_a_form(clinic, words):
    response_id = ask(clinic, ENGLISH, "en-CA")
    assert clinic.text(ENGLISH, words)
    assert current(clinic, response_id) == {}
    clinic.text(ENGLISH, "1")
    assert len(current(clinic, response_id)) == 1


def test_words_are_sealed_in_the_database(clinic):
    ask(clinic, ENGLISH, "en-CA")
    clinic.text(ENGLISH, "better")
    with clinic.look() as session:
        stored = [bytes(row[0]) for row in session.query(Answer.raw_sealed)]
        stored += [bytes(row[0]) for row in session.query(Response.state_sealed)]
    assert stored
    assert not any(b"better" in each for each in stored)


def test_a_clinic_is_found_by_its_number(clinic):
    with clinic.ground.database.write() as session:
        session.add(Clinic(slug="other", name="Other", zone="America/Regina", locale="en", sender="+13435550199"))
    ask(clinic, ENGLISH, "en-CA")
    assert clinic.text(ENGLISH, "1")

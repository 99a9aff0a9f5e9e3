"""Home: appointments, forms, messages, call-backs, a PIN. All without script, all harmless twice, all one's own."""

from __future__ import annotations

import html
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from app.appointments.models import Appointment, Site
from app.appointments.rules import AppointmentStatus
from app.conversations.models import Conversation
from app.core.models import AuditEvent, Clinic, Event
from app.intake.begin_response import begin_response
from app.intake.models import Response
from app.intake.store import current_version
from app.messaging.models import Message
from app.patients.links import create_link
from app.patients.models import Patient
from app.patients.rules import MOST_TRIES, Tried
from app.support.models import Ticket, TicketEvent
from tests.appointments.test_calendar_file import read
from tests.conftest import NOW
from tests.web.patient.conftest import BORN, PHONE, SMALL, Visitor, size_of
from tests.web.patient.test_packets import STATUS_LINE

ONE_DATABASE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
START = NOW + timedelta(days=3, hours=4)  # Friday, December 4, 2 p.m. in Toronto


class AtHome(Visitor):
    """A patient at their own home page."""

    def __post_init__(self):
        super().__post_init__()
        self.home = f"{self.path}/home"

    def look(self, query=""):
        return html.unescape(self.client.get(self.home + query).text)

    def press(self, **fields):
        """Press a button with what the page holds, as a browser would."""
        key = re.search(r'name="key" value="([^"]+)"', self.look())[1]
        return self.client.post(self.home, data={"key": key, **fields})

    def choose(self, name, appointment_id, start=START):
        return self.press(**{name: f"{appointment_id}@{start.isoformat()}"})


@pytest.fixture
def at_home(app, clinic):
    """A patient who has said who they are."""

    def at_home(patient_id=None, *, locale="en-CA", proved=True):
        patient_id = patient_id or clinic.patient(PHONE, locale=locale)
        with clinic.ground.database.write() as session:
            patient = session.get_one(Patient, patient_id)
            made = create_link(
                session, patient, purpose="home", response_id=None, locale=locale, now=clinic.clock.now()
            )  # fmt: skip
            session.expunge(made.link)
        visitor = AtHome(app.test_client(), made)
        visitor.patient_id = patient_id
        if proved:
            assert visitor.post(BORN).status_code == 303
        return visitor

    return at_home


def appointment(clinic) -> Appointment:
    return clinic.rows(Appointment)[0]


# --- who --------------------------------------------------------------------------------------------------------------


@ONE_DATABASE
def test_nothing_of_home_is_shown_or_done_before_it_is_known_who_asks(clinic, at_home):
    visitor = at_home(proved=False)
    booked = clinic.book(visitor.patient_id, START)
    for path in (visitor.path, visitor.home, f"{visitor.path}/pin", f"{visitor.path}/{booked}.ics"):
        for answer in (visitor.client.get(path), visitor.client.post(path, data={"confirm": "1", "write": "1"})):
            assert answer.status_code in {200, 405}
            assert "Pine Narrows" not in answer.text
            assert "December" not in answer.text
    assert clinic.rows(Message) == []
    went = visitor.post({**BORN, "to": "home"})
    assert urlsplit(went.location).path == visitor.home


@ONE_DATABASE
def test_looking_changing_and_writing_are_recorded(clinic, at_home):
    visitor = at_home()
    booked = clinic.book(visitor.patient_id, START)
    visitor.look()
    visitor.choose("confirm", booked)
    visitor.press(write="1", words="Hello")
    visitor.client.get(f"{visitor.path}/{booked}.ics")
    events = [(each.actor_kind, each.action, each.object_kind, each.patient_id) for each in clinic.rows(AuditEvent)]
    for action, kind in (
        ("signed_in", "link"), ("viewed", "home"), ("changed", "appointment"), ("sent", "message"),
        ("exported", "appointment"),
    ):  # fmt: skip
        assert ("patient", action, kind, visitor.patient_id) in events


# --- appointments -----------------------------------------------------------------------------------------------------


@ONE_DATABASE
def test_what_is_coming_says_when_and_where_in_the_places_own_time(clinic, at_home):
    with clinic.ground.database.write() as session:
        session.get_one(Site, clinic.site_id).name = "Île-du-Nord Nursing Station"
    visitor = at_home(locale="fr-CA")
    with clinic.ground.database.write() as session:
        session.get_one(Patient, visitor.patient_id).zone = "America/Vancouver"
    clinic.book(visitor.patient_id, START)
    gone = clinic.book(visitor.patient_id, START + timedelta(days=1))
    clinic.set_status(gone, AppointmentStatus.CANCELLED)
    clinic.book(visitor.patient_id, NOW - timedelta(days=1))
    page = visitor.look()
    assert "vendredi 4 décembre à 14 h 00" in page
    assert "Île-du-Nord Nursing Station, Pine Narrows Health Centre" in page
    assert "11 h 00 chez vous" in page
    assert page.count("<h3>") == 1
    assert "Prenatal" not in page
    assert "Dolly" not in page
    assert f'data-made="{NOW.isoformat()}"' in page
    assert "En date de mardi 1er décembre, 07 h 00." in page


@pytest.mark.parametrize(
    ("button", "reply", "reason", "says"),
    [
        ("confirm", "confirmed", None, "You said you are coming."),
        ("move", "wants_move", "wants_move", "You asked to move it."),
        ("cancel", "wants_cancel", "wants_cancel", "You asked to cancel it."),
    ],
)
def test_a_button_is_the_same_answer_as_a_text_and_twice_is_once(clinic, at_home, button, reply, reason, says):
    visitor = at_home()
    booked = clinic.book(visitor.patient_id, START)
    for _ in range(2):
        went = visitor.choose(button, booked)
        assert went.status_code == 303
    assert says in html.unescape(visitor.client.get(went.location).text)
    assert "Thank you. We have your answer." in visitor.client.get(went.location).text
    assert appointment(clinic).reply == reply
    assert len(clinic.rows(Event, kind="appointment_replied")) == 1
    assert [each.reason for each in clinic.rows(Ticket)] == ([reason] if reason else [])


@ONE_DATABASE
def test_after_a_reminder_by_text_page_and_phone_speak_of_the_same_thing(clinic, at_home):
    visitor = at_home()
    booked = clinic.book(visitor.patient_id, START)
    clinic.tick()
    clinic.at(START - timedelta(days=3))
    assert clinic.texts(PHONE)
    visitor.choose("confirm", booked)
    assert len(clinic.rows(Conversation, kind="appointment")) == 1
    assert clinic.text(PHONE, "3")[0].startswith("You want to cancel")
    assert "You asked to cancel it." in visitor.look()


@ONE_DATABASE
def test_another_wish_while_a_person_is_on_it_goes_to_that_person(clinic, at_home):
    visitor = at_home()
    booked = clinic.book(visitor.patient_id, START)
    visitor.choose("move", booked)
    for _ in range(2):
        went = visitor.choose("confirm", booked)
    assert "passed it on" in visitor.client.get(went.location).text
    (ticket,) = clinic.rows(Ticket)
    (message,) = clinic.rows(Message, ticket_id=ticket.id)
    assert "I am coming to my appointment" in message.body


@ONE_DATABASE
def test_an_appointment_that_changed_since_the_page_was_made_is_looked_at_again(clinic, at_home):
    visitor = at_home()
    booked = clinic.book(visitor.patient_id, START)
    clinic.move(booked, START + timedelta(hours=1))
    went = visitor.choose("confirm", booked)
    assert "has changed" in visitor.client.get(went.location).text
    clinic.set_status(booked, AppointmentStatus.CANCELLED)
    assert "said=changed" in visitor.choose("confirm", booked, START + timedelta(hours=1)).location
    assert appointment(clinic).reply is None
    assert clinic.rows(Ticket) == []


@ONE_DATABASE
def test_the_calendar_file_is_neutral_until_the_clinic_chooses_otherwise(clinic, at_home):
    visitor = at_home()
    booked = clinic.book(visitor.patient_id, START)
    answer = visitor.client.get(f"{visitor.path}/{booked}.ics")
    assert answer.headers["Content-Type"].startswith("text/calendar")
    assert answer.headers["Cache-Control"] == "no-store"
    event = read(answer.data)
    assert (event["SUMMARY"], event["DTSTART"], event["DTEND"]) == (
        "Appointment", "20261204T190000Z", "20261204T192000Z",
    )  # fmt: skip
    assert not [word for word in (b"Pine", b"renatal", b"Dolly", b"807") if word in answer.data]
    with clinic.ground.database.write() as session:
        session.get_one(Clinic, clinic.clinic_id).settings = {"calendar_names_clinic": True}
    event = read(visitor.client.get(f"{visitor.path}/{booked}.ics").data)
    assert event["SUMMARY"] == "Appointment: Pine Narrows Health Centre"
    assert event["LOCATION"] == "Pine Narrows Health Centre"
    assert event["DESCRIPTION"] == "Questions: 807-555-0100."


# --- forms ------------------------------------------------------------------------------------------------------------


@ONE_DATABASE
def test_a_form_that_waits_is_opened_without_asking_again_and_resumed(clinic, at_home):
    visitor = at_home(locale="fr-CA")
    with clinic.ground.database.write() as session:
        patient = session.get_one(Patient, visitor.patient_id)
        begin_response(session, patient, current_version(session, clinic.clinic_id, "phq-9"), "en-CA", NOW)
    (response,) = clinic.rows(Response)
    assert "Remplir" in visitor.look()
    went = visitor.press(open=str(response.id))
    form = visitor.client.get(went.location)
    assert 'name="finish"' in form.text
    assert "Envoyer" in form.text
    names = re.findall(r'type="radio" name="([^"]+)" value="([^"]+)"', form.text)
    visitor.client.post(urlsplit(went.location).path, data=dict(names[:1]))
    assert "Continuer" in visitor.look()
    again = visitor.client.get(visitor.press(open=str(response.id)).location).text
    assert " checked" in again


# --- messages ---------------------------------------------------------------------------------------------------------


def test_words_to_the_clinic_reach_one_ticket_once(clinic, at_home):
    visitor = at_home()
    key = re.search(r'name="key" value="([^"]+)"', visitor.look())[1]
    for words in ("Can I bring my son?", "Can I bring my son?", "And the dog?"):
        went = visitor.client.post(visitor.home, data={"key": key, "write": "1", "words": words})
        assert went.status_code == 303
    page = html.unescape(visitor.client.get(went.location).text)
    assert "A person from Pine Narrows Health Centre will read your message." in page
    assert page.index("Can I bring my son?") < page.index("And the dog?")
    (ticket,) = clinic.rows(Ticket)
    assert ticket.reason == "unexpected_message"
    assert [each.body for each in clinic.rows(Message)] == ["Can I bring my son?", "And the dog?"]
    assert len(clinic.rows(TicketEvent, kind="patient_wrote")) == 2


def test_a_double_tap_at_the_very_same_moment_is_one_message(app, clinic, at_home):
    visitor = at_home()
    key = re.search(r'name="key" value="([^"]+)"', visitor.look())[1]
    cookie = visitor.client.get_cookie("open", path=visitor.path).value

    def tap(_):
        client = app.test_client()
        client.set_cookie("open", cookie, path=visitor.path)
        return client.post(visitor.home, data={"key": key, "write": "1", "words": "Hello"}).status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(tap, range(4))) == {303}
    assert len(clinic.rows(Message)) == len(clinic.rows(Ticket)) == 1


@ONE_DATABASE
def test_a_text_and_a_message_from_the_page_meet_in_one_ticket(clinic, at_home):
    visitor = at_home()
    clinic.text(PHONE, "I have a question about parking")
    visitor.press(write="1", words="And about the door")
    (ticket,) = clinic.rows(Ticket)
    first, second = clinic.rows(Message, direction="inbound")
    assert (ticket.message_id, second.ticket_id) == (first.id, ticket.id)
    page = visitor.look()
    assert page.index("I have a question about parking") < page.index("And about the door")


@ONE_DATABASE
def test_words_that_came_from_a_phone_several_share_are_not_shown(clinic, at_home):
    visitor = at_home()
    clinic.patient(PHONE, birth_date="2011-02-03")
    visitor.press(write="1", words="From my page")
    clinic.text(PHONE, "From whoever holds the phone")
    page = visitor.look()
    assert "From my page" in page
    assert "whoever" not in page
    assert {each.reason for each in clinic.rows(Ticket)} == {"unexpected_message", "who_is_speaking"}


@ONE_DATABASE
def test_what_needs_another_look_stays_as_typed(clinic, at_home):
    visitor = at_home()
    empty = visitor.press(write="1", words="   ", other="12")
    assert empty.status_code == 422
    assert 'aria-describedby="e-w" autofocus' in empty.text
    assert 'value="12"' in empty.text
    long = visitor.press(write="1", words="x" * 2001)
    assert "x" * 2001 in long.text
    for number in range(MOST_TRIES[Tried.WORDS] + 1):
        last = visitor.press(write="1", words=f"word {number}")
    assert last.status_code == 422
    assert "word 20</textarea>" in last.text
    assert len(clinic.rows(Message)) == MOST_TRIES[Tried.WORDS]


# --- call-backs -------------------------------------------------------------------------------------------------------


def test_asking_to_be_called_is_one_ticket_with_when_and_where(clinic, at_home):
    visitor = at_home()
    page = visitor.look()
    assert "The number that ends in 0155" in page
    assert PHONE not in page
    number = re.search(r'name="number" value="(\d+)"', page)[1]
    went = visitor.press(call="1", number=number, when="morning", message="yes")
    assert "will call you back" in visitor.client.get(went.location).text
    visitor.press(call="1", number="other", other="(807) 555-0199", when="evening")
    (ticket,) = clinic.rows(Ticket)
    assert ticket.reason == "call_back"
    assert ticket.details == {"window": "evening", "may_leave_message": False}
    first, second = (each.body for each in clinic.rows(Message, ticket_id=ticket.id))
    assert first == "Please call me back at 306-555-0155, in the morning. You may leave a message."
    assert second == "Please call me back at 807-555-0199, in the evening. Please do not leave a message."


@ONE_DATABASE
@pytest.mark.parametrize("typed", ["", "12", "call me", "911", "+999 123"])
def test_a_number_that_cannot_be_called_is_asked_again(clinic, at_home, typed):
    again = at_home().press(call="1", number="other", other=typed, when="morning")
    assert again.status_code == 422
    assert "We could not read this number." in again.text
    assert clinic.rows(Ticket) == []


# --- language, PIN, links ---------------------------------------------------------------------------------------------


@ONE_DATABASE
def test_the_language_changes_and_what_was_typed_stays(clinic, at_home):
    visitor = at_home()
    page = visitor.press(lang="fr", words="half a sentence", other="807")
    assert '<html lang="fr">' in page.text
    assert "half a sentence</textarea>" in page.text
    assert 'value="807"' in page.text
    assert '<html lang="fr">' in visitor.look()
    assert clinic.rows(Message) == []
    assert visitor.press(lang="xx").status_code == 303, "nothing typed: a redirect, so that going back asks nothing"
    assert '<html lang="fr">' in visitor.look()


@ONE_DATABASE
def test_a_pin_is_set_at_home_asked_from_then_on_and_taken_off(clinic, at_home):
    visitor = at_home()
    other = at_home(visitor.patient_id)
    path = f"{visitor.path}/pin"
    wrong = visitor.client.post(path, data={"new": "1234", "again": "1234"})
    assert wrong.status_code == 422
    assert "easy to guess" in wrong.text
    went = visitor.client.post(path, data={"new": "5093", "again": "5093"})
    assert "Your PIN is set." in visitor.client.get(went.location).text
    assert 'name="pin"' in other.look(), "another browser says again who it is"
    assert other.post({"pin": "5093"}).status_code == 303
    went = visitor.client.post(path, data={"off": "1"})
    assert "Your PIN is off." in visitor.client.get(went.location).text
    changes = [each.details for each in clinic.rows(AuditEvent, object_kind="pin")]
    assert changes == [{"pin": "set"}, {"pin": "off"}]


@ONE_DATABASE
@pytest.mark.parametrize(
    ("word", "locale", "says"), [("LINK", "en-CA", "here is your page"), ("lien", "fr-CA", "voici votre page")]
)
def test_a_text_with_the_word_brings_home(clinic, at_home, word, locale, says):
    visitor = at_home(locale=locale, proved=False)
    (text,) = clinic.text(PHONE, word)
    assert says in text
    visitor.path = "/p/" + text.partition("/p/")[2].split()[0]
    went = visitor.post(BORN)
    assert went.status_code == 303
    assert 'id="call"' in visitor.client.get(went.location).text


@ONE_DATABASE
def test_one_link_for_a_shared_phone_and_each_comes_to_their_own(clinic, at_home):
    visitor = at_home(proved=False)
    child = clinic.patient(PHONE, birth_date="2011-02-03")
    clinic.book(child, START)
    (text,) = clinic.text(PHONE, "Link")
    visitor.path = "/p/" + text.partition("/p/")[2].split()[0]
    went = visitor.post({"birth.y": "2011", "birth.m": "2", "birth.d": "3"})
    assert "December 4" in visitor.client.get(went.location).text
    went = visitor.post(BORN)
    assert "December 4" not in visitor.client.get(went.location).text


@ONE_DATABASE
def test_an_ended_home_link_is_renewed_by_text(clinic, at_home):
    visitor = at_home()
    clinic.clock.at += timedelta(days=15)
    assert visitor.client.get(visitor.home).status_code == 410
    assert "Look at your texts" in visitor.client.post(visitor.home, data={"again": "1"}).text
    clinic.tick()
    assert "/p/" in clinic.texts(PHONE)[-1]


# --- others' ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def elsewhere(clinic):
    """Another clinic's patient with an appointment, a form and a number."""
    from app.patients.models import ContactPoint
    from app.patients.store import address_index

    with clinic.ground.database.write() as session:
        other = Clinic(slug="o", name="Other", zone="America/Toronto", locale="en-CA")
        session.add(other)
        session.flush()
        patient = Patient(clinic_id=other.id, locale="en", created_at=NOW, updated_at=NOW, birth_date="1970-01-01")
        session.add(patient)
        session.flush()
        booked = Appointment(
            clinic_id=other.id, patient_id=patient.id, start_at=START, status="booked", created_at=NOW, updated_at=NOW
        )
        version = current_version(session, clinic.clinic_id, "phq-9")
        response = Response(
            clinic_id=other.id, patient_id=patient.id, questionnaire_id=version.id, locale="en", created_at=NOW,
            updated_at=NOW,
        )  # fmt: skip
        number = "+18075550177"
        point = ContactPoint(
            clinic_id=other.id, patient_id=patient.id, system="phone", address=number,
            address_index=address_index(number), created_at=NOW,
        )  # fmt: skip
        session.add_all([booked, response, point])
        session.flush()
        return booked.id, response.id, point.id


@ONE_DATABASE
def test_ids_of_another_patient_or_clinic_open_and_change_nothing(clinic, at_home, elsewhere):
    neighbour = clinic.patient("+13065550166", birth_date="1991-01-01")
    theirs = clinic.book(neighbour, START)
    visitor = at_home()
    for booked in (elsewhere[0], theirs, 12345):
        assert visitor.client.get(f"{visitor.path}/{booked}.ics").status_code == 404
        assert visitor.choose("cancel", booked).status_code == 404
    assert visitor.press(open=str(elsewhere[1])).status_code == 404
    assert visitor.press(call="1", number=str(elsewhere[2]), when="any").status_code == 422
    assert {each.reply for each in clinic.rows(Appointment)} == {None}
    assert clinic.rows(Ticket) == []
    page = visitor.look()
    assert "December 4" not in page
    assert "0177" not in page


@ONE_DATABASE
@pytest.mark.parametrize(
    "fields",
    [{"confirm": "x"}, {"confirm": "1@yesterday-at-noon"}, {"move": "1@2026-12-04T19:00:00"}, {"open": "x"},
     {"open": "9" * 30}, {"nothing": "1"}, {"confirm": "٣@2026-12-04T19:00:00+00:00"}],
)  # fmt: skip
def test_what_no_page_of_ours_sends_is_refused_in_words(at_home, fields):
    assert at_home().press(**fields).status_code == 400


@ONE_DATABASE
def test_a_post_from_somebody_elses_page_is_refused(clinic, at_home):
    visitor = at_home()
    booked = clinic.book(visitor.patient_id, START)
    for said in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.test"}):
        answer = visitor.client.post(
            visitor.home, data={"cancel": f"{booked}@{START.isoformat()}"}, headers=said
        )  # fmt: skip
        assert answer.status_code == 403
    assert appointment(clinic).reply is None


@ONE_DATABASE
def test_home_with_much_on_it_is_one_answer_of_at_most_5_kb(clinic, at_home):
    visitor = at_home(locale="fr-CA")
    for day in range(4):
        clinic.book(visitor.patient_id, START + timedelta(days=day))
    with clinic.ground.database.write() as session:
        patient = session.get_one(Patient, visitor.patient_id)
        for name in ("phq-9", "intake", "symptom-check-in"):
            begin_response(session, patient, current_version(session, clinic.clinic_id, name), "fr-CA", NOW)
    for number in range(10):
        visitor.press(write="1", words=f"{number}. Est-ce que je dois venir à jeun le matin du rendez-vous?")
    page = visitor.client.get(visitor.home, headers=SMALL)
    assert size_of(page) <= 5_000
    assert "<script" not in visitor.look().partition("</main>")[0]  # what a script brings comes after all can be read


@ONE_DATABASE
def test_a_first_visit_home_moves_at_most_14_kb_headers_too(clinic, at_home):
    """The question who opens it, home, what opens it without a network: page script, home's own, the worker."""
    visitor = at_home(proved=False)
    clinic.book(visitor.patient_id, START)
    question = visitor.get(headers=SMALL)
    proved = visitor.post(BORN, headers=SMALL)
    home = visitor.client.get(proved.location, headers=SMALL)
    text = visitor.look()
    urls = [*re.findall(r'"src":\["(.*?)"\]', text), *re.findall(r'<script src="(.*?)"', text), "/sw.js"]
    assert len(urls) == 3
    answers = [question, proved, home, *(visitor.client.get(url, headers=SMALL) for url in urls)]
    assert sum(len(each.data) + len(str(each.headers)) + STATUS_LINE for each in answers) <= 14_000


@ONE_DATABASE
def test_home_is_kept_on_no_phone_behind_a_pin_or_on_a_shared_number(clinic, at_home):
    alone = at_home()
    assert 'id="data"' in alone.look()
    clinic.patient(PHONE, locale="en-CA")
    assert "data-done" in alone.look()
    assert 'id="data"' not in alone.look()
    other = at_home(clinic.patient("+13065550177", locale="en-CA"))
    assert 'id="data"' in other.look()
    other.client.post(f"{other.path}/pin", data={"new": "5093", "again": "5093"})
    assert "data-done" in other.look()


# --- words of danger --------------------------------------------------------------------------------------------------


def test_words_of_danger_are_urgent_and_answered_with_what_to_do_now(clinic, at_home):
    visitor = at_home(locale="fr-CA")
    for _ in range(2):  # a double tap
        visitor.press(write="1", words="J'ai mal à la poitrine", key="one")
    (ticket,) = clinic.rows(Ticket)
    assert (ticket.reason, ticket.urgency) == ("red_flag", "urgent")
    page = visitor.look("?said=alarm")
    assert "appelez le 911 maintenant" in page
    visitor.press(write="1", words="toujours mal à la poitrine", key="two")
    assert len(clinic.rows(Ticket)) == 1

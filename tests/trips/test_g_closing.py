"""Trip g: an agent closes a ticket and asks how it went; before that, sends a link, starts a pathway, picks a saved
reply. The form comes after what the patient was being asked, and never while the ticket holds the conversation."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.audit import Actor
from app.core.models import Clinic
from app.intake.models import Answer
from app.pathways.models import DueStep, Enrolment
from app.staff.invite_staff import Colleague, invite_staff
from app.staff.rules import Role
from app.support.models import Note, Queue, Ticket, TicketEvent
from app.support.saved_replies import review_reply, save_reply
from tests.trips.conftest import Town
from tests.web.clinics import Person

PHONE = "+13065550155"


@pytest.fixture
def amina(town: Town) -> Person:
    """An agent who took the ticket of a patient who wrote on her own."""
    clinic = town.clinic
    clinic.patient(PHONE, given="Ada", family="Lindqvist")
    town.text(PHONE, "May I bring my daughter?")
    clinic.pass_time(timedelta(minutes=1))
    with clinic.ground.database.write() as session:
        row, now = session.get_one(Clinic, clinic.clinic_id), clinic.clock.now()
        who = Colleague("amina", (Role.AGENT,), "Amina", "en-CA")
        invited = invite_staff(session, row, who, actor=Actor("operator"), now=now, machine_now=now)
        said = {"name": "Call", "locale": "en", "body": "We will call you, {name}.", "actor": Actor("operator")}
        reply = save_reply(session, row.id, now=now, **said)
        session.flush()
        review_reply(session, reply.id, actor=Actor("staff", invited.account.id), now=now)
    person = Person(town.client.application, clinic.ground)
    person.client.environ_base["wsgi.url_scheme"] = "https"
    assert person.accept(invited.token).status_code == 302
    person.get("/desk/tickets")
    person.get(person.submit("/desk/tickets/next").headers["Location"])
    return person


@pytest.fixture
def path(town: Town) -> str:
    return f"/desk/tickets/{town.clinic.rows(Ticket)[0].id}"


def test_three_questions_follow_a_closed_ticket_when_the_agent_asks_for_them(town: Town, amina: Person, path: str):
    clinic = town.clinic
    assert "Ask the patient three questions" in amina.get(path).text
    amina.submit(f"{path}/close", outcome="answered", experience="1")
    clinic.tick()
    intro, question = clinic.texts(PHONE)[-2:]
    assert intro.startswith("Pine Narrows Health Centre")
    assert "How was your visit?" in question
    clinic.text(PHONE, "5")
    assert [each.path for each in clinic.rows(Answer)] == ["rating"]
    assert [each.reason for each in clinic.rows(Ticket)] == ["unexpected_message"]


def test_nothing_is_asked_when_the_agent_did_not_want_it(town: Town, amina: Person, path: str):
    before = len(town.clinic.texts(PHONE))
    amina.submit(f"{path}/close", outcome="answered")
    town.clinic.tick()
    assert len(town.clinic.texts(PHONE)) == before


def test_a_pathway_starts_once_from_a_ticket(town: Town, amina: Person, path: str):
    amina.submit(f"{path}/pathway", pathway="symptom-check-in")
    amina.get(path)
    amina.submit(f"{path}/pathway", pathway="symptom-check-in")
    (enrolment,) = town.clinic.rows(Enrolment)
    assert len(town.clinic.rows(DueStep, enrolment_id=enrolment.id)) == 3
    assert "started a pathway" in amina.get(path).text
    refused = amina.submit(f"{path}/pathway", pathway="appointment-reminder")
    assert refused.status_code == 404


def test_a_form_and_then_its_link_again(town: Town, amina: Person, path: str):
    clinic = town.clinic
    amina.submit(f"{path}/form", form="symptom-check-in", channel="web")
    clinic.tick()
    amina.get(path)
    amina.submit(f"{path}/link")
    amina.submit(f"{path}/link")
    clinic.tick()
    links = [text for text in clinic.texts(PHONE) if "/p/" in text]
    assert len(links) == 2
    assert len(set(links)) == 2
    kinds = [event.kind for event in clinic.rows(TicketEvent)]
    assert (kinds.count("form_sent"), kinds.count("link_sent")) == (1, 1)


def test_a_form_the_ticket_holds_is_not_asked_behind_the_agents_back(town: Town, amina: Person, path: str):
    """The patient asked for a person in the middle of a form: only its link can be sent until the ticket is closed."""
    clinic = town.clinic
    clinic.pass_time(timedelta(minutes=1))
    amina.submit(f"{path}/form", form="symptom-check-in", channel="sms")
    clinic.pass_time(timedelta(minutes=1))
    clinic.text(PHONE, "person")
    held = next(each for each in clinic.rows(Ticket) if each.reason == "asked_for_person")
    amina.get(f"/desk/tickets/{held.id}")
    amina.submit(f"/desk/tickets/{held.id}/claim")
    amina.get(f"/desk/tickets/{held.id}")
    before = len(clinic.texts(PHONE))
    refused = amina.submit(f"/desk/tickets/{held.id}/form", form="symptom-check-in", channel="sms")
    assert refused.status_code == 409
    assert "in the middle of this form" in refused.text
    clinic.tick()
    assert len(clinic.texts(PHONE)) == before


def test_a_saved_reply_goes_after_what_was_typed(town: Town, amina: Person, path: str):
    shown = amina.get(path).text
    reply_id = shown.partition('name="saved" value="')[2].partition('"')[0]
    fields = {"csrf": shown.partition('name="csrf" value="')[2].partition('"')[0], "body": "Yes.", "saved": reply_id}
    amina.client.post(f"{path}/draft", data=fields)
    assert "Yes.\nWe will call you, Ada.</textarea>" in amina.get(path).text
    assert len(town.clinic.texts(PHONE)) == 1


def test_the_reason_of_a_move_stands_where_the_next_person_reads_it(town: Town, amina: Person, path: str):
    clinic = town.clinic
    with clinic.ground.database.write() as session:
        session.add(Queue(clinic_id=clinic.clinic_id, name="Evenings", topic="general", settings={}))
    shown = amina.get(path).text
    queue_id = next(each.id for each in clinic.rows(Queue) if each.name == "Evenings")
    assert str(queue_id) in shown
    amina.submit(f"{path}/transfer", queue=str(queue_id), reason="She asks about the night bus")
    assert [note.body for note in clinic.rows(Note)] == ["She asks about the night bus"]
    clinic.pass_time(timedelta(minutes=1))
    assert "She asks about the night bus" in amina.get(path).text

"""The page behind a link, without script: sections saved, errors named, conditions, the same response as by text."""

from __future__ import annotations

import pytest

from app.conversations.begin_conversation import begin_form
from app.conversations.models import Conversation
from app.conversations.page import Page, open_page, save_page
from app.conversations.speak import Errand
from app.core.clock import FrozenClock
from app.core.database import Database
from app.core.models import Event
from app.intake.begin_response import begin_response
from app.intake.models import Answer, Response
from app.intake.store import current_version
from app.patients.links import find_link
from app.patients.models import Link, Patient
from app.patients.store import contact_for
from app.support.models import Ticket
from tests.beds.small_clinic import SmallClinic, open_small_clinic

PHONE = "+13065550155"
WHOLE = {
    "overall": ["better"],
    "breathing": ["none"],
    "chest-pain": ["false"],
    "confused": ["false"],
    "fever": ["false"],
    "pain": ["2"],
    "drinking": ["true"],
    "medicine": ["true"],
    "call-back": ["false"],
    "anything-else": [""],
}


@pytest.fixture
def clinic(database: Database, clock: FrozenClock) -> SmallClinic:
    return open_small_clinic(database, clock, has_library=True)


def send_link(clinic: SmallClinic, locale: str = "en-CA", channel: str = "web") -> Link:
    patient_id = clinic.patient(PHONE, locale=locale)
    with clinic.ground.database.write() as session:
        patient = session.get_one(Patient, patient_id)
        version = current_version(session, clinic.clinic_id, "symptom-check-in")
        response = begin_response(session, patient, version, locale, clinic.clock.now())
        begin_form(
            session, response, contact=contact_for(session, patient, "sms"), channel=channel,
            errand=Errand(cause=f"test:{response.id}", purpose="link"), now=clinic.clock.now(),
            public_url=clinic.ground.public_url,
        )  # fmt: skip
    clinic.tick()
    if channel == "sms":
        clinic.text(PHONE, "LINK")
    return link_in(clinic, clinic.texts(PHONE)[-1])


def link_in(clinic: SmallClinic, text: str) -> Link:
    token = text.partition("/p/")[2].split()[0]
    with clinic.look() as session:
        found = find_link(session, token, clinic.clock.now())
        session.expunge_all()
    assert isinstance(found, Link)
    return found


def look_at(clinic: SmallClinic, link: Link) -> Page:
    with clinic.look() as session:
        return open_page(session, link, now=clinic.clock.now())


def visible(page: Page) -> set[str]:
    return {field.name for section in page.form.sections for field in section.fields if field.visible}


def section_of(page: Page) -> str:
    return page.form.sections[0].key


def kept(clinic: SmallClinic) -> dict[str, object]:
    return {each.path: each.value for each in clinic.rows(Answer, state="current")}


def test_the_text_with_the_link_says_who_asks_and_nothing_clinical(clinic):
    send_link(clinic, "fr-CA")
    (text,) = clinic.texts(PHONE)
    assert text.startswith("Pine Narrows Health Centre : veuillez remplir ce formulaire : http://clinic.test/p/")
    assert "sympt" not in text.lower()


def test_opening_the_page_changes_nothing(clinic):
    link = send_link(clinic)
    before = [len(clinic.rows(model)) for model in (Answer, Response, Event)]
    assert look_at(clinic, link).status == "open"
    assert [len(clinic.rows(model)) for model in (Answer, Response, Event)] == before
    assert clinic.rows(Response)[0].version == 0


def test_a_condition_opens_its_question_on_the_server(clinic):
    link = send_link(clinic)
    page = look_at(clinic, link)
    assert "temperature" not in visible(page)
    page = save_page(clinic.ground, link, {"fever": ["true"]}, section=section_of(page))
    assert "temperature" in visible(page)


def test_a_whole_page_sent_gives_a_receipt_code_once(clinic):
    link = send_link(clinic)
    section = section_of(look_at(clinic, link))
    page = save_page(clinic.ground, link, WHOLE, section=section, finish=True)
    assert (page.status, page.errors) == ("completed", ())
    assert page.receipt_code
    again = save_page(clinic.ground, link, WHOLE, section=section, finish=True)
    assert again.receipt_code == page.receipt_code
    assert len(clinic.rows(Event, kind="response_completed")) == 1
    assert {each.channel for each in clinic.rows(Answer)} == {"web"}


def test_sending_with_answers_missing_names_each_and_keeps_the_rest(clinic):
    link = send_link(clinic, "fr-CA")
    section = section_of(look_at(clinic, link))
    page = save_page(clinic.ground, link, {"overall": ["better"]}, section=section, finish=True)
    assert page.status == "open"
    assert page.errors[0].name == "breathing"
    assert page.errors[0].error == "Veuillez répondre à cette question."
    assert kept(clinic)["overall"] == "better"


def test_an_answer_that_cannot_be_read_is_named_and_the_good_ones_are_kept(clinic):
    link = send_link(clinic)
    section = section_of(look_at(clinic, link))
    page = save_page(clinic.ground, link, {"overall": ["better"], "pain": ["lots"]}, section=section)
    assert [field.name for field in page.errors] == ["pain"]
    assert kept(clinic) == {"overall": "better"}


def test_the_same_section_saved_twice_keeps_each_answer_once(clinic):
    link = send_link(clinic)
    section = section_of(look_at(clinic, link))
    for _ in range(2):
        save_page(clinic.ground, link, {"overall": ["better"], "pain": ["2"]}, section=section)
    assert sorted(each.path for each in clinic.rows(Answer)) == ["overall", "pain"]


def test_a_red_flag_on_the_page_is_told_and_reaches_a_person(clinic):
    link = send_link(clinic)
    section = section_of(look_at(clinic, link))
    page = save_page(clinic.ground, link, {**WHOLE, "chest-pain": ["true"]}, section=section, finish=True)
    assert page.told == ("Call 911 or your health centre now. Someone from the clinic has been alerted.",)
    assert [(ticket.reason, ticket.urgency) for ticket in clinic.rows(Ticket)] == [("red_flag", "urgent")]


def test_what_a_red_flag_says_to_do_stays_on_the_page_until_the_end_and_after(clinic):
    link = send_link(clinic)
    section = section_of(look_at(clinic, link))
    advice = ("Call 911 or your health centre now. Someone from the clinic has been alerted.",)
    assert save_page(clinic.ground, link, {"chest-pain": ["true"]}, section=section).told == advice
    assert look_at(clinic, link).told == advice
    assert (
        save_page(clinic.ground, link, {**WHOLE, "chest-pain": ["true"]}, section=section, finish=True).told == advice
    )
    assert look_at(clinic, link).told == advice


def test_begun_by_text_and_finished_on_the_page_is_one_response(clinic):
    link = send_link(clinic, channel="sms")
    clinic.text(PHONE, "worse")
    page = look_at(clinic, link)
    chosen = [option.value for field in page.form.sections[0].fields[:1] for option in field.options if option.chosen]
    assert chosen == ["worse"]
    rest = {name: value for name, value in WHOLE.items() if name != "overall"}
    save_page(clinic.ground, link, rest, section=section_of(page), finish=True)
    (response,) = clinic.rows(Response)
    assert response.status == "completed"
    assert [each.channel for each in clinic.rows(Answer, path="overall")] == ["sms"]
    assert {each.state for each in clinic.rows(Conversation)} == {"completed"}


def test_begun_on_the_page_and_finished_by_text_is_one_response(clinic):
    link = send_link(clinic)
    section = section_of(look_at(clinic, link))
    most = {name: value for name, value in WHOLE.items() if name not in ("call-back", "anything-else")}
    save_page(clinic.ground, link, most, section=section)
    clinic.text(PHONE, "hello")
    clinic.text(PHONE, "no")
    clinic.text(PHONE, "nothing")
    assert clinic.rows(Response)[0].status == "completed"


@pytest.mark.parametrize(
    "fields",
    [
        {"overall": ["no such choice"]},
        {"nothing-like-this": ["1"]},
        {"overall": ["better"] * 1000},
        {"anything-else": ["\x00 \u202e<script>" + "é" * 9_000]},
        {"pain": ["1e400"]},
        {"": [""]},
    ],
)
def test_no_posted_field_breaks_the_page(clinic, fields):
    link = send_link(clinic)
    assert save_page(clinic.ground, link, fields, section="whatever").status == "open"

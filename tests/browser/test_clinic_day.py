"""A clinic's day as a newcomer lives it after one command: reminders, answers, a call, a page, a person, the record."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Demo
from tests.browser.handheld import Phone, answer_everything, open_link, shoot, until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.xdist_group("demo")


@dataclass(frozen=True)
class Day:
    """Whom one day is about, and what they should read."""

    language: str
    patient: str
    reminded: str
    yes: str
    confirmed: str
    check_in_worry: str
    emergency: str
    person: str
    agent: str
    agent_says: str


DAYS = [
    Day(
        language="en",
        patient="Madalyn Frami",
        reminded="Reply 1 to confirm",
        yes="yes",
        confirmed="See you",
        check_in_worry="chest",
        emergency="911",
        person="9",
        agent="Amina",
        agent_says="Hello, this is Amina. How can I help?",
    ),
    Day(
        language="fr",
        patient="Rachael McDermott",
        reminded="Répondez 1 pour confirmer",
        yes="OUI!",
        confirmed="On vous attend",
        check_in_worry="poitrine",
        emergency="911",
        person="9",
        agent="Luc",
        agent_says="Bonjour, ici Luc. Comment puis-je vous aider?",
    ),
]


@pytest.mark.parametrize("day", DAYS, ids=lambda day: day.language)
def test_a_newcomer_lives_the_day(day: Day, demo: Demo, browser: Browser, shots: Path):
    page = browser.new_context(locale=f"{day.language}-CA").new_page()
    phone = Phone.of(page, demo.url, day.patient)

    _reminded_and_confirmed(phone, day, shots)
    _asked_by_phone_keys(phone)
    _answers_on_a_page(phone, day, shots)
    _finds_it_in_the_record(phone, shots, day)
    _reaches_a_person(phone, day, demo, browser, shots)


def _reminded_and_confirmed(phone: Phone, day: Day, shots: Path) -> None:
    phone.push_to_next_step()
    phone.await_clock()
    assert day.reminded in phone.last

    phone.write(day.yes, day.confirmed)
    shoot(phone.page, shots, f"reminder-{day.language}")


def _asked_by_phone_keys(phone: Phone) -> None:
    """PHQ-2 over a call, by keys, to its end."""
    phone.be_sent("phq-2", "voice")
    phone.pick_up()
    for _ in range(8):
        until(lambda: bool(phone.heard) or not phone.is_on_a_call, page=phone.page)
        if not phone.is_on_a_call:
            return
        phone.press("1")
    raise AssertionError(phone.heard)


def _answers_on_a_page(phone: Phone, day: Day, shots: Path) -> None:
    phone.be_sent("symptom-check-in", "web")
    text = phone.await_text("/p/")
    link = next(word for word in text.split() if "/p/" in word)
    born = phone.birth_date
    page = phone.page.context.new_page()
    page.goto(link)
    shoot(page, shots, f"who-{day.language}")
    assert day.patient.split()[-1] not in page.content()
    open_link(page, link, born)
    assert day.check_in_worry in page.locator("main").inner_text()
    shoot(page, shots, f"page-{day.language}")
    answer_everything(page)
    assert day.emergency in page.locator("main").inner_text()
    shoot(page, shots, f"received-{day.language}")
    page.close()


def _finds_it_in_the_record(phone: Phone, shots: Path, day: Day) -> None:
    phone.page.goto(f"{phone.url}/record")
    until(lambda: phone.page.locator("article").count() >= 5, page=phone.page)
    found = phone.page.locator("article .facts").all_inner_texts()
    for kind, times in (("DocumentReference", 2), ("QuestionnaireResponse", 2), ("AppointmentResponse", 1)):
        of_kind = [each for each in found if each.startswith(f"{kind} · version 1 ·")]
        assert len(of_kind) == times, found
    shoot(phone.page, shots, f"record-{day.language}")
    phone.show()


def _reaches_a_person(phone: Phone, day: Day, demo: Demo, browser: Browser, shots: Path) -> None:
    """The patient asks for a person; an agent signs in, takes the ticket, replies, closes."""
    desk = browser.new_context(locale=f"{day.language}-CA").new_page()
    if day.agent == "Amina":
        desk.goto(demo.sign_in_link(day.agent))
    else:
        desk.goto(f"{demo.url}/simulator/")
        desk.locator("form[action*='/staff/'] button", has_text=day.agent).click()
    desk.locator("main form button").click()
    shoot(desk, shots, f"desk-{day.language}")
    _take_until_of(desk, day)
    shoot(desk, shots, f"ticket-{day.language}")
    desk.fill("#reply", day.agent_says)
    desk.locator("#reply-form button.main").click()
    phone.show()
    phone.await_text(day.agent_says)
    shoot(phone.page, shots, f"answered-{day.language}")
    desk.reload()
    _close(desk)


def _take_until_of(desk: Page, day: Day) -> None:
    """Take next, the most urgent first; what other days left open is closed on the way."""
    for _ in range(10):
        desk.locator("main form button.main").first.click()
        desk.wait_for_load_state()  # half a page does not name the patient
        assert "/desk/tickets/" in desk.url, desk.locator("main").inner_text()
        if day.patient in desk.locator("main").inner_text():
            return
        _close(desk)
    raise AssertionError(f"no ticket of {day.patient}")


def _close(desk: Page) -> None:
    desk.locator("details.close summary").click()
    desk.locator("details.close input[name=outcome]").first.check()
    desk.locator("details.close button.main").click()
    if "/desk/tickets/" in desk.url:
        desk.goto(desk.url.partition("/desk/")[0] + "/desk/tickets")

"""A whole visit to a patient's own page in a real Chromium without script, in English and in French: who, home, an
appointment, a message and its answer, a call-back, a form, a PIN. Each page is checked with axe, at every width and
with letters twice as large, and walked by keyboard."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

from app.core.audit import Actor
from app.core.models import Clinic
from app.core.wake import Waker
from app.factory import create_app
from app.intake.begin_response import begin_response
from app.intake.store import current_version
from app.patients.links import create_link
from app.patients.models import Patient
from app.settings import Settings
from app.staff.invite_staff import Colleague, invite_staff
from app.staff.rules import Role
from app.support.models import Ticket
from app.wiring import House
from tests.beds.axe import violations
from tests.beds.small_clinic import SmallClinic
from tests.conftest import NOW
from tests.web.patient.conftest import PHONE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)]
START = NOW + timedelta(days=3, hours=4)
KEPT = Path(__file__).parents[3] / "docs" / "img"


@dataclass(frozen=True)
class Said:
    """What the page is to say in one language."""

    coming: str
    confirmed: str
    message: str
    read: str
    call: str
    thanks: str
    other: str
    pin_set: str


WORDS = {
    "en": Said(
        "I am coming", "You said you are coming.", "Can I bring my daughter?", "will read your message",
        "Ask for a call", "will call you back", "Français", "Your PIN is set.",
    ),
    "fr": Said(
        "Je viens", "Vous avez dit que vous venez.", "Est-ce que je peux venir avec ma fille?", "lira votre message",
        "Demander un appel", "vous rappellera", "English", "Votre NIP est enregistré.",
    ),
}  # fmt: skip


@pytest.fixture
def url(clinic: SmallClinic) -> Iterator[str]:
    """The application on a port of its own."""
    app: dict[str, Any] = {}

    def answer(environ, start_response):
        return app["made"](environ, start_response)

    served = make_server("127.0.0.1", 0, answer, threaded=True)
    address = f"http://127.0.0.1:{served.server_port}"
    app["made"] = create_app(House(settings=Settings(public_url=address), ground=clinic.ground, waker=Waker()))
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    yield address
    served.shutdown()
    thread.join(timeout=10)


@pytest.fixture
def home_link(clinic: SmallClinic, url: str):
    """A patient with two appointments and a form waiting, and the link home."""

    def home_link(lang: str = "en", *, form: str = "symptom-check-in") -> str:
        patient_id = clinic.patient(PHONE, locale=f"{lang}-CA")
        for days in (0, 12):
            clinic.book(patient_id, START + timedelta(days=days))
        with clinic.ground.database.write() as session:
            patient = session.get_one(Patient, patient_id)
            begin_response(session, patient, current_version(session, clinic.clinic_id, form), patient.locale, NOW)
            made = create_link(session, patient, purpose="home", response_id=None, locale=patient.locale, now=NOW)
        return f"{url}/p/{made.token}"

    return home_link


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    return KEPT if os.environ.get("FARLINE_KEEP_SCREENSHOTS") else tmp_path


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.set_default_timeout(20_000)
    yield page
    context.close()


def let_in(page: Page, year: str = "1980") -> None:
    for part, value in (("y", year), ("m", "5"), ("d", "17")):
        page.fill(f"[name='birth.{part}']", value)
    page.locator("main form button").click()


def shoot(page: Page, shots: Path, name: str) -> None:
    for width in (320, 360, 1280):
        page.set_viewport_size({"width": width, "height": 760})
        page.screenshot(path=shots / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 360, "height": 740})


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_whole_visit_without_script(home_link, phone, shots, lang):
    words, other = WORDS[lang], WORDS["fr" if lang == "en" else "en"]
    link = home_link(lang)
    phone.goto(link)
    let_in(phone, "1901")
    expect(phone.locator("#wrong")).to_be_focused()
    shoot(phone, shots, f"home-wrong-{lang}")
    let_in(phone)
    shoot(phone, shots, f"home-{lang}")

    phone.get_by_role("button", name=words.coming).first.click()
    expect(phone.locator("main")).to_contain_text(words.confirmed)
    phone.reload()
    phone.go_back()
    expect(phone.locator("main")).to_contain_text(words.confirmed)
    with phone.expect_download() as download:
        phone.locator("a[href$='.ics']").first.click()
    assert b"BEGIN:VEVENT" in Path(download.value.path()).read_bytes()

    phone.locator("[name=write]").click()
    expect(phone.locator("#w")).to_be_focused()
    shoot(phone, shots, f"home-empty-{lang}")
    phone.fill("#w", words.message)
    phone.get_by_role("button", name=words.other).click()
    assert phone.input_value("#w") == words.message
    phone.get_by_role("button", name=other.other).click()
    assert phone.input_value("#w") == words.message
    phone.locator("[name=write]").click()
    expect(phone.locator(".said")).to_contain_text(words.read)
    expect(phone.locator("#words")).to_contain_text(words.message)
    phone.reload()

    phone.goto(f"{link}/home")
    phone.select_option("#when", "morning")
    phone.get_by_role("button", name=words.call).click()
    expect(phone.locator(".said")).to_contain_text(words.thanks)
    shoot(phone, shots, f"home-full-{lang}")

    phone.locator("a[href$='/pin']").click()
    for name in ("new", "again"):
        phone.fill(f"[name={name}]", "5093")
    shoot(phone, shots, f"home-pin-{lang}")
    phone.locator("main form button").first.click()
    expect(phone.locator(".said")).to_have_text(words.pin_set)
    phone.context.clear_cookies()
    phone.goto(link)
    shoot(phone, shots, f"home-asks-pin-{lang}")
    phone.fill("#pin", "5093")
    phone.locator("main form button").click()
    expect(phone.locator("#words")).to_contain_text(words.message)


def test_what_the_patient_writes_a_person_answers_and_both_read(clinic, url, home_link, phone, browser):
    with clinic.ground.database.write() as session:
        who = Colleague("agent", (Role.AGENT,), "Amina Agent", "en")
        invited = invite_staff(
            session, session.get_one(Clinic, clinic.clinic_id), who, actor=Actor("operator"), now=NOW, machine_now=NOW
        )
    phone.goto(home_link())
    let_in(phone)
    phone.fill("#w", "Where do I park the boat?")
    phone.locator("[name=write]").click()
    (ticket,) = clinic.rows(Ticket)
    desk = browser.new_context(viewport={"width": 1280, "height": 860}).new_page()
    desk.goto(f"{url}/staff/invitation/{invited.token}")
    desk.locator("main button.main").click()
    desk.goto(f"{url}/desk/tickets/{ticket.id}")
    expect(desk.locator("main")).to_contain_text("Where do I park the boat?")
    desk.locator("form[action$='/claim'] button").first.click()
    desk.fill("#reply", "At the second dock.")
    desk.locator("#reply-form button.main").click()
    expect(desk.locator("main")).to_contain_text("At the second dock.")
    phone.reload()
    expect(phone.locator("#words")).not_to_contain_text("second dock")
    clinic.clock.advance(timedelta(seconds=11))
    phone.reload()
    expect(phone.locator("#words")).to_contain_text("At the second dock.")
    desk.context.close()


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_page_passes_axe_and_fits_at_every_width(home_link, url, browser, lang):
    link = home_link(lang)
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale=f"{lang}-CA")
    page = context.new_page()
    page.goto(link)
    passes(page)
    let_in(page, "1901")
    passes(page)
    let_in(page)
    passes(page)
    page.check("[name=number][value=other]")
    page.locator("[name=call]").click()
    page.locator("#e-c").wait_for()
    passes(page)
    page.locator("[name=write]").click()
    page.locator("#e-w").wait_for()
    passes(page)
    page.locator("a[href$='/pin']").click()
    page.fill("#new", "1234")
    page.locator("main form button").first.click()
    page.locator("#wrong").wait_for()
    passes(page)
    page.goto(f"{url}/c")
    passes(page)
    context.close()
    mini = browser.new_context(user_agent="Opera/9.80 (Android; Opera Mini/36.2/119.132; U) Presto/2.12 Version/12.16")
    page = mini.new_page()
    page.goto(link)
    expect(page.locator("input")).to_have_count(0)
    passes(page)
    mini.close()


def passes(page: Page) -> None:
    assert violations(page) == []
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 760})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size({"width": 360, "height": 740})
    page.evaluate("document.body.style.fontSize = '36px'")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "letters twice as large"
    page.evaluate("document.body.style.fontSize = ''")


def test_home_is_opened_and_used_with_the_keyboard_alone(home_link, phone):
    phone.goto(home_link())
    phone.keyboard.press("Tab")
    expect(phone.get_by_text("Français")).to_be_focused()
    for typed in ("17", "5", "1980"):
        phone.keyboard.press("Tab")
        phone.keyboard.type(typed)
    phone.keyboard.press("Enter")
    phone.locator("#call").wait_for()
    for name in ("Français", "I am coming"):
        phone.keyboard.press("Tab")
        expect(phone.get_by_role("button", name=name).first).to_be_focused()
    phone.keyboard.press("Enter")
    expect(phone.locator("main")).to_contain_text("You said you are coming.")


@pytest.mark.parametrize("has_script", [False, True], ids=["without script", "with script"])
def test_a_form_begun_in_one_language_is_gone_on_with_in_the_other(home_link, browser, has_script):
    context = browser.new_context(java_script_enabled=has_script, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(home_link())
    let_in(page)
    page.locator("[name=open]").first.click()
    if has_script:
        page.locator("#tools").wait_for()
    page.check("input[name=overall][value=better]")
    page.get_by_role("button", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.locator("input[name=overall][value=better]")).to_be_checked()
    context.close()

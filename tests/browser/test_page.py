"""The page behind a link in a real browser: without script, without network, and with what goes wrong on phones."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.beds.process import start, stop
from tests.beds.room import throwaway_folder
from tests.browser.conftest import _answers, _free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.xdist_group("page")

FORM = "symptom-check-in"
CHOICES = {
    "overall": "better", "breathing": "none", "chest-pain": "false", "confused": "false", "fever": "false",
    "drinking": "true", "medicine": "true", "call-back": "false",
}  # fmt: skip
QUEUED = ".queued"
SENT = ".code.sent"


@dataclass
class Server:
    """A clinic's server that can be stopped and started again at the same address, and one of its patients."""

    home: Path = field(default_factory=lambda: throwaway_folder("farline-page-"))
    port: int = field(default_factory=_free_port)
    born: str = ""
    patient: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, command: str) -> None:
        before = dict(os.environ)
        os.environ.update(self._environment)
        try:
            self._process = start(
                [_farline(), command, "--port", str(self.port)],
                log=self.home / "log", ready=lambda: _answers(f"{self.url}/readyz"), timeout_s=120,
            )  # fmt: skip
        finally:
            os.environ.clear()
            os.environ.update(before)

    def stop(self) -> None:
        stop(self._process, timeout_s=20)

    def choose_patient(self) -> None:
        look = (
            "from app.wiring import open_ground; from app.patients.models import Patient\n"
            "with open_ground().database.read() as s:\n"
            "    p = s.query(Patient).filter_by(status='active').first(); print(p.record_id, p.birth_date)"
        )
        self.patient, self.born = self._run(sys.executable, "-c", look).split()

    def link(self, *, lang: str = "en", form: str = FORM) -> str:
        made = self._run(
            _farline(), "links", "create", "--patient", self.patient, "--questionnaire", form, "--lang", lang
        )  # fmt: skip
        return f"{self.url}/p/{re.search(r'/p/([^ ]+)', made.split()[0])[1]}"

    @property
    def _environment(self) -> dict[str, str]:
        return {"FARLINE_HOME": str(self.home), "FARLINE_LOG_LEVEL": "WARNING", "PYTHONUNBUFFERED": "1"}

    def _run(self, *command: str) -> str:
        ran = subprocess.run(
            command, env={**os.environ, **self._environment}, capture_output=True, text=True, check=True
        )  # fmt: skip
        return ran.stdout


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server()
    made.start("demo")
    made.choose_patient()
    yield made
    made.stop()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="en-CA")
    yield context.new_page()
    context.close()


def prove(page: Page, server: Server, link: str) -> None:
    page.goto(link)
    for part, value in zip("ymd", server.born.split("-"), strict=True):
        page.fill(f"[name='birth.{part}']", value)
    page.locator("form button").click()
    page.locator("input[name=overall]").first.wait_for()


def keep_for_offline(page: Page) -> None:
    """Until the worker has taken all it needs."""
    page.locator("#tools").wait_for()
    page.evaluate("async () => { await navigator.serviceWorker.ready }")
    page.wait_for_function(
        "async () => { for (const name of await caches.keys())"
        " return (await (await caches.open(name)).keys()).length > 1 }"
    )


def fill(page: Page, **but: str) -> None:
    for name, value in {**CHOICES, **but}.items():
        page.check(f"input[name='{name}'][value='{value}']")
    page.fill("[name=pain]", "2")


def send(page: Page) -> None:
    page.click("button[name=finish]")


def posts_of(page: Page) -> list[str]:
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    return posts


KEPT = """async () => {
  const asked = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result) });
  const database = await asked(indexedDB.open('farline'));
  const rows = await asked(database.transaction('d').objectStore('d').getAll());
  return rows.map((row) => [new TextDecoder().decode(row.box), row.key.extractable]);
}"""


def kept_on(page: Page) -> list[list[object]]:
    """What lies in the phone's database: the box as text, and whether its key could leave the browser."""
    return page.evaluate(KEPT)


def test_without_script_the_form_is_filled_saved_and_sent(server: Server, browser: Browser):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    page, link = context.new_page(), server.link()
    prove(page, server, link)
    page.check("input[name=fever][value=true]")
    page.get_by_role("button", name="Save for later").click()
    assert page.url.endswith("#f-temperature")
    page.go_back()
    page.goto(link)
    assert page.is_checked("input[name=fever][value=true]")
    fill(page)
    send(page)
    expect(page.locator(".code")).to_be_visible()
    context.close()


def test_offline_it_opens_is_filled_waits_and_is_sent_once_when_the_link_flaps(server: Server, phone: Page):
    link = server.link()
    prove(phone, server, link)
    keep_for_offline(phone)
    phone.context.set_offline(True)
    phone.goto(link)
    fill(phone, fever="true")
    expect(phone.locator("#f-temperature")).to_be_visible()
    expect(phone.locator("#state")).to_have_text("Saved on this phone.")
    phone.reload()
    expect(phone.locator("input[name=overall][value=better]")).to_be_checked()
    fill(phone)
    expect(phone.locator("#f-temperature")).to_be_hidden()
    send(phone)
    expect(phone.locator(QUEUED)).to_be_visible()
    phone.reload()
    expect(phone.locator(QUEUED)).to_be_visible()
    posts = posts_of(phone)
    phone.context.set_offline(False)
    phone.evaluate("for (let i = 0; i < 2; i++) dispatchEvent(new Event('online'))")
    expect(phone.locator(SENT)).to_be_visible(timeout=15_000)
    phone.wait_for_timeout(1000)
    assert len(posts) == 1
    phone.goto(link)
    expect(phone.locator(".code")).to_be_visible()
    assert kept_on(phone) == []


def test_a_server_that_stops_and_comes_back_loses_nothing(server: Server, phone: Page):
    link = server.link()
    prove(phone, server, link)
    fill(phone)
    server.stop()
    send(phone)
    expect(phone.locator(QUEUED)).to_be_visible()
    server.start("serve")
    phone.locator("#retry").click()
    expect(phone.locator(SENT)).to_be_visible(timeout=20_000)


def test_a_phone_that_refuses_storage_says_so_and_still_sends(server: Server, phone: Page):
    phone.add_init_script("IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError') }")
    prove(phone, server, server.link())
    fill(phone)
    expect(phone.locator("#state")).to_contain_text("Kept until you close this page")
    send(phone)
    expect(phone.locator(SENT)).to_be_visible(timeout=15_000)


def test_a_shared_phone_keeps_nothing(server: Server, phone: Page):
    prove(phone, server, server.link())
    phone.click("#shared")
    fill(phone)
    expect(phone.locator("#state")).to_contain_text("Kept until you close this page")
    assert kept_on(phone) == []
    send(phone)
    expect(phone.locator(SENT)).to_be_visible(timeout=15_000)


def test_what_a_red_flag_says_to_do_is_said_at_once_and_stays(server: Server, phone: Page):
    """Also when the answer went ahead of the rest, because the page was hidden or the section saved."""
    prove(phone, server, server.link())
    phone.check("input[name='chest-pain'][value='true']")
    phone.evaluate("""() => {
      Object.defineProperty(document, 'hidden', {value: true, configurable: true});
      document.dispatchEvent(new Event('visibilitychange'));
      delete document.hidden;
    }""")
    expect(phone.locator("#told")).to_contain_text("911", timeout=15_000)
    phone.reload()
    expect(phone.locator("#told")).to_contain_text("911")
    fill(phone, **{"chest-pain": "true"})
    send(phone)
    expect(phone.locator(SENT)).to_be_visible(timeout=15_000)
    expect(phone.locator("main")).to_contain_text("911")


def test_two_tabs_on_one_form_keep_the_answers_of_both(server: Server, phone: Page):
    link = server.link()
    prove(phone, server, link)
    keep_for_offline(phone)
    other = phone.context.new_page()
    other.goto(link)
    other.check("input[name=overall][value=worse]")
    expect(other.locator("#state")).not_to_be_empty()
    phone.bring_to_front()
    phone.check("input[name=breathing][value=none]")
    expect(phone.locator("#state")).not_to_be_empty()
    phone.reload()
    third = phone.context.new_page()
    third.goto(link)
    expect(third.locator("input[name=overall][value=worse]")).to_be_checked()
    expect(third.locator("input[name=breathing][value=none]")).to_be_checked()


def test_what_is_kept_on_the_phone_cannot_be_read_from_its_storage(server: Server, phone: Page):
    prove(phone, server, server.link())
    phone.fill("[name=anything-else]", "marmalade")
    expect(phone.locator("#state")).to_have_text(re.compile("Saved|received"))
    ((box, is_extractable),) = kept_on(phone)
    assert "marmalade" not in box
    assert "Symptom" not in box
    assert not is_extractable


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_state_of_the_page_passes_axe(server: Server, phone: Page, shots: Path, lang: str):
    link = server.link(lang=lang)
    phone.goto(link)
    accessible(phone, shots, f"patient-who-{lang}")
    prove(phone, server, link)
    phone.locator("#tools").wait_for()
    accessible(phone, shots, f"patient-form-{lang}")
    send(phone)
    phone.locator(".box").wait_for()
    accessible(phone, shots, f"patient-errors-{lang}")
    fill(phone)
    phone.context.set_offline(True)
    send(phone)
    phone.locator(QUEUED).wait_for()
    accessible(phone, shots, f"patient-waiting-{lang}")
    phone.context.set_offline(False)
    phone.locator(SENT).wait_for()
    accessible(phone, shots, f"patient-received-{lang}")
    phone.goto(f"{server.url}/p/never-was-a-link-of-ours?new=1")
    accessible(phone, shots, f"patient-ended-{lang}")
    phone.goto(f"{server.url}/c")
    accessible(phone, shots, f"patient-code-{lang}")


def accessible(page: Page, shots: Path, name: str) -> None:
    found = Axe().run(page)["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
    for width in (320, 360, 1280):
        page.set_viewport_size({"width": width, "height": 760})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.screenshot(path=shots / f"{name}-{width}.png", full_page=True)


def test_errors_can_be_reached_and_mended_with_the_keyboard_alone(server: Server, phone: Page):
    prove(phone, server, server.link())
    phone.locator("#tools").wait_for()
    phone.locator("button[name=finish]").focus()
    phone.keyboard.press("Enter")
    expect(phone.locator(".box")).to_be_focused()
    phone.keyboard.press("Tab")
    phone.keyboard.press("Enter")
    expect(phone.locator("#q-overall")).to_be_focused()


def _farline() -> str:
    return str(Path(sys.executable).parent / "farline")

"""The switch that takes the offline worker off every phone, in a real Chromium, with a draft that must outlive it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

from app.core.wake import Waker
from app.factory import create_app
from app.settings import Settings
from app.wiring import House
from tests.beds.waits import until
from tests.web.patient.conftest import BORN
from tests.web.patient.test_bad_links import WHOLE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)]
PATIENCE_MS = 30_000
LEFT = """async () => (await navigator.serviceWorker.getRegistrations()).length + (await caches.keys()).length"""


class Switched:
    """The application on a port of its own, whose settings can change under way."""

    def __init__(self, ground: object) -> None:
        self._ground = ground
        self.front = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.url = f"http://127.0.0.1:{self.front.server_port}"
        self.use(page_worker=True)

    def _answer(self, *asked: Any) -> Any:
        return self._app(*asked)

    def use(self, **settings: bool) -> None:
        settled = Settings(public_url=self.url, **settings)
        self._app = create_app(House(settings=settled, ground=self._ground, waker=Waker()))


@pytest.fixture
def switched(clinic) -> Iterator[Switched]:
    made = Switched(clinic.ground)
    thread = threading.Thread(target=made.front.serve_forever, daemon=True)
    thread.start()
    yield made
    made.front.shutdown()
    thread.join(timeout=10)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="en-CA")
    yield context.new_page()
    context.close()


def test_switched_off_the_worker_and_its_files_go_and_the_draft_is_finished(visit, switched: Switched, page: Page):
    page.goto(f"{switched.url}{visit().path}")
    for name, value in BORN.items():
        page.fill(f"[name='{name}']", value)
    page.locator("main form button").click()
    page.locator("#tools").wait_for()
    page.evaluate("async () => { await navigator.serviceWorker.ready }")
    until(page, f"async () => await ({LEFT})() === 2")
    page.route("**/packet", lambda route: route.abort())
    page.check("input[name=overall][value=worse]")
    expect(page.locator("#state")).to_have_text("Saved on this phone.")

    switched.use(page_worker=False)
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")  # as when the hour has passed
    page.evaluate("async () => { await (await navigator.serviceWorker.getRegistration('/p/')).update() }")
    until(page, f"async () => await ({LEFT})() === 0")

    page.reload()
    page.locator("#tools").wait_for()
    expect(page.locator("input[name=overall][value=worse]")).to_be_checked()
    page.unroute("**/packet")
    for name, value in WHOLE.items():
        if name != "pain":
            page.check(f"input[name='{name}'][value='{str(value).lower()}']")
    page.fill("[name=pain]", "2")
    page.click("button[name=finish]")
    expect(page.locator(".code")).to_be_visible(timeout=PATIENCE_MS)
    assert page.evaluate(LEFT) == 0

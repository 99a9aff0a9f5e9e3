"""Being told on the phone, in a real Chromium: what its own interface refuses, and what a knock shows."""

# ruff: noqa: F811 - fixtures of another file are asked for by name
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from app.patients.models import PushSubscription
from tests.beds.push_service import push_service
from tests.beds.waits import until
from tests.web.patient.test_browser import let_in, shoot
from tests.web.patient.test_key_browser import accessible, clinic, link, phone, shots  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)]
OFFER = "[data-notices]"
PATIENCE_S = 30
HERE = "(await navigator.serviceWorker.getRegistration('/p/'))"
ACTIVE = f"async () => {HERE}.active.scriptURL.endsWith('?send=1')"
SHOWN = f"""async () => {{ const shown = await {HERE}.getNotifications();
  return shown.length === 1 && shown.map((each) => [each.title, each.body, each.tag, each.data]) }}"""


@pytest.fixture
def service():
    with push_service() as found:
        yield found


@pytest.fixture
def served(clinic, service):
    """The same ground with our own push service on its list."""
    object.__setattr__(clinic.ground, "push_services", (service.url,))
    return clinic


def come_to_offer(page: Page, address: str) -> None:
    page.goto(address)
    let_in(page)
    page.click("main a[href$='/phone']")


def test_a_browser_that_refuses_leaves_everything_as_it_was(served, link, phone):
    """Chromium without a screen denies notifications by itself; allowed them, it has no push service to go to."""
    phone.context.grant_permissions(["notifications"], origin=served.ground.public_url)
    come_to_offer(phone, link())
    expect(phone.locator(OFFER)).to_be_visible()
    phone.click(f"{OFFER} button")
    expect(phone.locator("[data-failed]")).to_be_visible()
    phone.context.clear_permissions()
    phone.click(f"{OFFER} button")
    expect(phone.locator("[data-denied]")).to_be_visible()
    expect(phone.locator("[data-failed]")).to_be_hidden()
    accessible(phone)
    assert served.rows(PushSubscription) == []
    phone.click("text=Back")
    expect(phone.locator("#words")).to_be_visible()


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_knock_shows_one_neutral_line_that_leads_home(served, service, link, phone, shots, lang):
    phone.context.grant_permissions(["notifications"], origin=served.ground.public_url)
    given = f"PushManager.prototype.subscribe = () => Promise.resolve({{endpoint: '{service.endpoint()}'}})"
    phone.add_init_script(given)  # there is no push service within reach of this Chromium
    come_to_offer(phone, link(lang))
    expect(phone.locator(OFFER)).to_be_visible()
    accessible(phone)
    shoot(phone, shots, f"notices-offer-{lang}")
    phone.locator(f"{OFFER} button").focus()
    phone.keyboard.press("Enter")
    expect(phone.locator("[name=quiet]")).to_be_visible()
    accessible(phone)
    shoot(phone, shots, f"notices-on-{lang}")
    assert len(served.rows(PushSubscription)) == 1

    phone.goto("about:blank")  # a worker never takes over a page that is open
    phone.goto(f"{served.ground.public_url}/healthz")
    until(phone, ACTIVE)
    knock(phone, served.ground.public_url)
    knock(phone, served.ground.public_url)
    ((title, body, tag, goes_to),) = until(phone, SHOWN)
    assert (title, body, tag) == (
        {"en": "Something is waiting for you", "fr": "Quelque chose vous attend"}[lang], "", "told",
    )  # fmt: skip
    phone.goto(served.ground.public_url + goes_to)
    let_in(phone)
    expect(phone.locator("#tools")).to_be_visible()
    phone.click("#shared")
    until(phone, "async () => !await caches.match('/p/a/told')")
    phone.click("main a[href$='/phone']")
    expect(phone.locator("[data-no-notices]")).to_be_visible()
    expect(phone.locator(OFFER)).to_be_hidden()
    phone.click("[name=quiet]")
    expect(phone.locator("[name=quiet]")).to_have_count(0)
    assert served.rows(PushSubscription) == []


def knock(page: Page, origin: str) -> None:
    """As the browser's push service would: an empty message to the worker."""
    cdp = page.context.new_cdp_session(page)
    found: list[str] = []
    cdp.on("ServiceWorker.workerRegistrationUpdated", lambda said: found.extend(
        each["registrationId"] for each in said["registrations"] if not each["isDeleted"]
    ))  # fmt: skip
    cdp.send("ServiceWorker.enable")
    page.evaluate(f"async () => {{ {HERE} }}")  # what the browser tells of its workers comes before this answer
    assert found
    cdp.send("ServiceWorker.deliverPushMessage", {"origin": origin, "registrationId": found[-1], "data": ""})
    cdp.detach()

"""A phone's own lock through the real pages, in a real Chromium with a virtual authenticator."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

from app.core.wake import Waker
from app.factory import create_app
from app.patients.links import create_link
from app.patients.models import Patient, PatientPasskey
from app.settings import Settings
from app.wiring import House
from tests.beds.axe import violations
from tests.web.patient.conftest import PHONE
from tests.web.patient.test_browser import KEPT, let_in, shoot

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)]
BUTTON, TROUBLE = "[data-passkey] button", "[data-trouble]"


@pytest.fixture
def clinic(clinic) -> Iterator[Any]:
    """On a port of its own, at http://localhost so that a browser offers passkeys."""
    app: dict[str, Any] = {}

    def answer(environ, start_response):
        return app["made"](environ, start_response)

    served = make_server("127.0.0.1", 0, answer, threaded=True)
    url = f"http://localhost:{served.server_port}"
    moved = replace(clinic, ground=replace(clinic.ground, public_url=url))
    app["made"] = create_app(House(settings=Settings(public_url=url), ground=moved.ground, waker=Waker()))
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    yield moved
    served.shutdown()
    thread.join(timeout=10)


@pytest.fixture
def link(clinic):
    """A new link home of the one patient there is."""

    def link(lang: str = "en") -> str:
        known = clinic.rows(Patient)
        patient_id = known[0].id if known else clinic.patient(PHONE, locale=f"{lang}-CA")
        with clinic.ground.database.write() as session:
            patient = session.get_one(Patient, patient_id)
            made = create_link(
                session, patient, purpose="home", response_id=None, locale=patient.locale, now=clinic.clock.now()
            )  # fmt: skip
        return f"{clinic.ground.public_url}/p/{made.token}"

    return link


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.set_default_timeout(20_000)
    yield page
    context.close()


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    return KEPT if os.environ.get("FARLINE_KEEP_SCREENSHOTS") else tmp_path


def with_lock(page: Page) -> tuple[Any, str]:
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasUserVerification": True, "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }  # fmt: skip
    return cdp, cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def accessible(page: Page) -> None:
    assert violations(page) == []


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_set_up_at_home_and_the_next_link_opens_by_the_phones_lock(clinic, link, phone, shots, lang):
    cdp, lock = with_lock(phone)
    phone.goto(link(lang))
    expect(phone.locator("[data-passkey]")).to_have_count(0)
    let_in(phone)
    phone.click("main a[href$='/phone']")
    expect(phone.locator("[data-no-passkey]")).to_be_hidden()
    accessible(phone)
    shoot(phone, shots, f"lock-offer-{lang}")
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url) if request.url.endswith("/options") else None)
    phone.dblclick(BUTTON)
    expect(phone.locator("[role=status]")).to_be_visible()
    expect(phone.locator("[name=remove]")).to_have_count(1)
    assert len(asked) == 1, "a second tap asks nothing more"
    accessible(phone)
    shoot(phone, shots, f"lock-set-{lang}")

    phone.goto(link())
    expect(phone.locator(BUTTON)).to_be_visible()
    accessible(phone)
    shoot(phone, shots, f"lock-door-{lang}")
    cdp.send("WebAuthn.setUserVerified", {"authenticatorId": lock, "isUserVerified": False})
    phone.click(BUTTON)
    expect(phone.locator(TROUBLE)).to_be_visible()
    cdp.send("WebAuthn.setUserVerified", {"authenticatorId": lock, "isUserVerified": True})
    phone.locator(BUTTON).focus()
    phone.keyboard.press("Enter")
    expect(phone.locator("#words")).to_be_visible()
    (key,) = clinic.rows(PatientPasskey)
    assert key.last_used_at is not None

    phone.click("main a[href$='/phone']")
    phone.click("[name=remove]")
    expect(phone.locator("[name=remove]")).to_have_count(0)
    phone.goto(link())
    expect(phone.locator("[data-passkey]")).to_have_count(0)


def test_a_phone_without_a_lock_says_so_and_opens_as_before(link, phone):
    phone.goto(link())
    let_in(phone)
    phone.click("main a[href$='/phone']")
    expect(phone.locator("[data-no-passkey]")).to_be_visible()
    expect(phone.locator("[data-passkey]")).to_be_hidden()


def test_a_shared_phone_is_offered_nothing(link, phone):
    with_lock(phone)
    phone.goto(link())
    let_in(phone)
    expect(phone.locator("#tools")).to_be_visible()
    phone.click("#shared")
    expect(phone.locator("#state")).not_to_be_empty()
    phone.click("main a[href$='/phone']")
    expect(phone.locator("[data-no-passkey]")).to_be_visible()
    expect(phone.locator("[data-passkey]")).to_be_hidden()

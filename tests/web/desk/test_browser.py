"""The desk in a real Chromium: passkeys, two agents, a cut line, both languages and widths, screen readers."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from werkzeug.serving import make_server

from app.appointments.models import Appointment
from app.appointments.rules import AppointmentStatus
from app.core.clock import SystemClock
from app.core.database import Database
from app.core.ground import Ground
from app.core.wake import Waker
from app.factory import create_app
from app.messaging.models import MessageAttempt, Receipt
from app.messaging.queue_message import Draft, queue_message
from app.settings import Settings
from app.staff.rules import Role
from app.wiring import House
from tests.beds.axe import violations
from tests.web.clinics import PHONE, make_desk

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)]
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


@pytest.fixture
def server(database: Database):
    """The application on a port of its own, at http://localhost so that passkeys work, with the real clock."""
    ground = Ground(database, SystemClock(), {}, "")
    holder = {}

    def answer(environ, start_response):
        return holder["app"](environ, start_response)

    served = make_server("127.0.0.1", 0, answer, threaded=True)
    url = f"http://localhost:{served.server_port}"
    ground = Ground(database, SystemClock(), {}, url)
    holder["app"] = create_app(House(settings=Settings(public_url=url), ground=ground, waker=Waker()))
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    with database.write() as session:
        made = make_desk(session, "north", now=ground.clock.now())
    yield url, made, ground
    served.shutdown()
    thread.join(timeout=10)


@pytest.fixture
def visit(browser, server):
    """Open a browser of one's own, signed in by the invitation of a role; gives its page."""
    contexts = []

    def visit(role: Role | None = Role.AGENT, *, locale: str = "en-CA", viewport=WIDE, **said):
        context = browser.new_context(locale=locale, viewport=viewport, **said)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        if role is not None:
            page.goto(f"{server[0]}/staff/invitation/{server[1].tokens[role]}")
            page.click("main button.main")
            page.wait_for_url("**/staff/account")
        return page

    yield visit
    for context in contexts:
        context.close()


def with_authenticator(page, *, verifies: bool = True):
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": verifies, "automaticPresenceSimulation": True,
    }  # fmt: skip
    return cdp, cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def test_a_passkey_is_enrolled_and_signs_in(visit):
    page = visit()
    with_authenticator(page)
    page.fill("#label", "Desk computer")
    page.click("text=Add a passkey")
    page.wait_for_selector("text=The passkey is added.")
    page.click("text=Sign out")
    page.click("text=Sign in with a passkey")
    page.wait_for_url("**/desk/tickets")


def test_without_user_verification_nobody_signs_in(visit):
    page = visit()
    cdp, authenticator = with_authenticator(page)
    page.click("text=Add a passkey")
    page.wait_for_selector("text=The passkey is added.")
    page.click("text=Sign out")
    cdp.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    page.click("text=Sign in with a passkey")
    page.wait_for_selector("[data-trouble]:not([hidden])")
    assert "/staff/sign-in" in page.url


def test_who_lost_the_passkey_comes_back_with_a_code_that_works_once(visit):
    page = visit()
    page.click("text=Make new codes")
    code = page.inner_text("main ol li:first-child code")
    page.click("text=Sign out")
    for expected in ("/staff/account", "/staff/recover"):
        page.goto(page.url.partition("/staff")[0] + "/staff/sign-in")
        page.click("summary")
        page.fill("#code", code.lower())
        page.click("details button")
        page.wait_for_load_state()
        assert page.url.endswith(expected)
        page.context.clear_cookies()


def test_two_agents_race_for_a_ticket_and_the_second_is_told_who_has_it(visit, server):
    first, second = visit(Role.AGENT), visit(Role.CLINICIAN)
    for page in (first, second):
        page.goto(f"{server[0]}/desk/tickets/{server[1].ticket_id}")
    first.click("text=Take this ticket")
    second.click("text=Take this ticket")
    first.wait_for_selector("text=The ticket is yours.")
    second.wait_for_selector("text=Agent North holds this ticket")


def test_words_typed_on_a_cut_line_survive_and_are_sent_once(visit, server):
    page = visit()
    page.goto(f"{server[0]}/desk/tickets/{server[1].ticket_id}")
    page.click("text=Take this ticket")
    page.wait_for_selector("#reply")
    page.context.set_offline(True)
    page.fill("#reply", "We will call you at three.")
    page.wait_for_timeout(500)
    page.click("text=Send the reply")
    page.wait_for_timeout(500)
    page.context.set_offline(False)
    page.goto(f"{server[0]}/desk/tickets/{server[1].ticket_id}")
    assert page.input_value("#reply") == "We will call you at three."
    page.click("text=Send the reply")
    page.wait_for_selector("text=Your reply leaves in")
    assert page.locator(".timeline .ours").count() == 1


def test_a_list_that_cannot_refresh_says_how_old_it_is(visit, server):
    page = visit()
    page.goto(f"{server[0]}/desk/tickets")
    page.wait_for_selector("text=updated")
    page.context.set_offline(True)
    page.evaluate("Date.now = (now => () => now() + 60000)(Date.now)")
    page.wait_for_selector(".fresh.old")
    assert "No connection" in page.inner_text(".fresh")


def test_keys_work_and_can_be_switched_off(visit, server):
    page = visit()
    page.goto(f"{server[0]}/desk/tickets")
    page.keyboard.press("n")
    page.wait_for_url("**/desk/tickets/*")
    page.keyboard.press("r")
    assert page.evaluate("document.activeElement.id") == "reply"
    page.keyboard.type("jk?e")
    assert page.input_value("#reply") == "jk?e"
    page.goto(f"{server[0]}/staff/account")
    page.uncheck("[name=shortcuts]")
    page.click("text=Save")
    page.goto(f"{server[0]}/desk/tickets")
    page.keyboard.press("?")
    assert not page.is_visible("#keys")


def test_the_desk_works_without_script(visit, server):
    page = visit(java_script_enabled=False)
    page.goto(f"{server[0]}/desk/tickets")
    page.click("text=Take next")
    page.fill("#reply", "Bonjour")
    page.click("text=Keep as a draft")
    assert page.input_value("#reply") == "Bonjour"
    page.click("text=Send the reply")
    page.click("text=Take it back")
    assert page.input_value("#reply") == "Bonjour"
    page.click("summary:has-text('Close the ticket')")
    page.check("input[name=outcome][value=answered]")
    page.click("details.close button")
    assert page.url.endswith("told=closed")


PAGES = (
    "/desk/tickets",
    "/desk/tickets/{ticket}",
    "/desk/patients",
    "/desk/patients/{patient}",
    "/desk/duplicates",
    "/desk/duplicates/{patient}/{twin}",
    "/desk/replies",
    "/desk/reports",
    "/desk/messages",
    "/desk/messages/{message}",
    "/staff/account",
)


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("locale", ["en", "fr"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_clean_for_readers_and_fit_the_screen(visit, server, locale, viewport, scheme):
    url, made, _ = server
    page = visit(Role.COORDINATOR, viewport=viewport, color_scheme=scheme)
    if locale == "fr":
        page.click("button[value=fr]")
    page.goto(f"{url}/desk/tickets/{made.ticket_id}")
    page.click("main .acts button.main")
    page.wait_for_selector("#reply")
    message = _message(server)
    addresses = [
        each.format(ticket=made.ticket_id, patient=made.patient_id, message=message, twin=made.twin_id)
        for each in PAGES
    ]
    for path in addresses:
        page.goto(url + path)
        _check(page, path, locale=locale, width=viewport["width"])


@pytest.mark.parametrize(
    ("role", "path"),
    [
        (Role.ADMINISTRATOR, "/staff/people"),
        (Role.ADMINISTRATOR, "/desk/settings"),
        (Role.ADMINISTRATOR, "/desk/settings/queues/new"),
        (Role.ADMINISTRATOR, "/desk/settings/on-call"),
        (Role.ADMINISTRATOR, "/desk/settings/costs"),
        (Role.ADMINISTRATOR, "/desk/settings/danger"),
        (Role.ADMINISTRATOR, "/desk/notices"),
        (Role.COORDINATOR, "/desk/notices/new"),
        (Role.AUDITOR, "/desk/audit"),
        (Role.AUDITOR, "/desk/patients/{patient}/access"),
        (None, "/staff/sign-in"),
        (None, "/"),
    ],
)
def test_other_roles_pages_are_clean_too(visit, server, role, path):
    page = visit(role, viewport=NARROW)
    page.goto(server[0] + path.format(patient=server[1].patient_id))
    _check(page, path, locale="en", width=NARROW["width"])


@pytest.mark.parametrize(("locale", "viewport"), [("en", WIDE), ("fr", NARROW)])
def test_a_notice_is_looked_at_sent_and_followed_on_clean_pages(visit, server, locale, viewport):
    _, made, ground = server
    now = ground.clock.now()
    with ground.database.write() as session:
        session.add(
            Appointment(
                clinic_id=made.clinic_id, patient_id=made.patient_id, status=AppointmentStatus.BOOKED,
                start_at=now + timedelta(days=2), created_at=now, updated_at=now,
            )
        )  # fmt: skip
    page = visit(Role.COORDINATOR, viewport=viewport)
    if locale == "fr":
        page.click("button[value=fr]")
    page.goto(f"{server[0]}/desk/notices/new")
    page.fill("#last", (now + timedelta(days=3)).date().isoformat())
    page.fill("#words-en", "{clinic}: we are closed. {phone}")
    page.press("#words-en", "Tab")
    page.click(".setting button")
    page.wait_for_selector("[name=send]")
    _check(page, "/desk/notices/new", locale=locale, width=viewport["width"])
    page.click("[name=send]")
    page.wait_for_url("**/desk/notices/*told=notice_sent")
    _check(page, "/desk/notices/", locale=locale, width=viewport["width"])
    page.click("button.danger")
    page.wait_for_url("**/desk/notices/*told=notice_stopped")
    assert page.locator("button.danger").count() == 0


def _message(server) -> int:
    """One that was not delivered, so that every part of its page is there."""
    _, made, ground = server
    now = ground.clock.now()
    with ground.database.write() as session:
        draft = Draft(
            clinic_id=made.clinic_id, channel="sms", address=PHONE, purpose="reminder", cause="browser", body="Words",
            patient_id=made.patient_id, ticket_id=made.ticket_id,
        )  # fmt: skip
        message = queue_message(session, draft, now=now)
        message.state, message.reason, message.carrier = "undelivered", "not_a_phone", "line"
        message.external_id = "SM" + "5" * 32
        session.flush()
        common = {"message_id": message.id, "carrier": "line", "external_id": message.external_id}
        session.add(MessageAttempt(number=1, token="t" * 20, started_at=now, outcome="accepted", **common))
        session.add(
            Receipt(status="undelivered", error_code="30005", raw={}, received_at=now, applied_at=now, **common)
        )
        return message.id


def _check(page, path: str, *, locale: str, width: int) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert page.evaluate("document.documentElement.lang") == locale
    assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert violations(page, "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa") == [], path

"""The page behind a link in a real browser: without script, without network, and with what goes wrong on phones."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.beds.axe import violations
from tests.browser.at_the_page import (
    QUEUED,
    SENT,
    Server,
    fill,
    go_back,
    keep_for_offline,
    kept_on,
    posts_of,
    prove,
    send,
    send_now,
    tab_to,
    until_kept,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.xdist_group("page")


def test_without_script_the_form_is_filled_saved_and_sent(server: Server, browser: Browser):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    page, link = context.new_page(), server.link()
    prove(page, server, link, "input[name=overall]")
    page.check("input[name=fever][value=true]")
    page.get_by_role("button", name="Save for later").click()
    assert page.url.endswith("#f-temperature")
    go_back(page)
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
    expect(phone.locator(SENT)).to_be_visible()
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
    send_now(phone)
    expect(phone.locator(SENT)).to_be_visible()


def test_a_phone_that_refuses_storage_says_so_and_still_sends(server: Server, phone: Page):
    phone.add_init_script("IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError') }")
    prove(phone, server, server.link())
    fill(phone)
    expect(phone.locator("#state")).to_contain_text("Kept until you close this page")
    send(phone)
    expect(phone.locator(SENT)).to_be_visible()


def test_a_shared_phone_keeps_nothing(server: Server, phone: Page):
    prove(phone, server, server.link())
    phone.click("#shared")
    fill(phone)
    expect(phone.locator("#state")).to_contain_text("Kept until you close this page")
    assert kept_on(phone) == []
    send(phone)
    expect(phone.locator(SENT)).to_be_visible()


def test_what_a_red_flag_says_to_do_is_said_at_once_and_stays(server: Server, phone: Page):
    """Also when the answer went ahead of the rest, because the page was hidden or the section saved."""
    prove(phone, server, server.link())
    phone.check("input[name='chest-pain'][value='true']")
    phone.evaluate("""() => {
      Object.defineProperty(document, 'hidden', {value: true, configurable: true});
      document.dispatchEvent(new Event('visibilitychange'));
      delete document.hidden;
    }""")
    expect(phone.locator("#told")).to_contain_text("911")
    phone.reload()
    expect(phone.locator("#told")).to_contain_text("911")
    fill(phone, **{"chest-pain": "true"})
    send(phone)
    expect(phone.locator(SENT)).to_be_visible()
    expect(phone.locator("main")).to_contain_text("911")


def test_two_tabs_on_one_form_keep_the_answers_of_both(server: Server, phone: Page):
    link = server.link()
    prove(phone, server, link)
    keep_for_offline(phone)
    other = phone.context.new_page()
    other.goto(link)
    other.check("input[name=overall][value=worse]")
    until_kept(other, "overall", "worse")
    phone.bring_to_front()
    phone.check("input[name=breathing][value=none]")
    until_kept(phone, "breathing", "none")
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
    assert violations(page) == []
    for width in (320, 360, 1280):
        page.set_viewport_size({"width": width, "height": 760})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.screenshot(path=shots / f"{name}-{width}.png", full_page=True)


def test_errors_can_be_reached_and_mended_with_the_keyboard_alone(server: Server, phone: Page):
    prove(phone, server, server.link())
    phone.locator("button[name=finish]").focus()
    phone.keyboard.press("Enter")
    expect(phone.locator(".box")).to_be_focused()
    tab_to(phone, ".box a")
    phone.keyboard.press("Enter")
    expect(phone.locator("#q-overall")).to_be_focused()

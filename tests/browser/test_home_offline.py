"""Home without a network: the page as it was with its age said, and messages that wait on the phone and arrive once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.beds.waits import until
from tests.browser.at_the_page import Server, kept_on, prove, send_now, sync_from_worker, until_nothing_waits
from tests.browser.test_page import accessible
from tests.browser.test_page_failures import SLOW_TO_KEEP

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.xdist_group("page")
PATIENCE_MS = 30_000
KEPT_FILES = """async () => { for (const name of await caches.keys()) {
  const keys = (await (await caches.open(name)).keys()).map((each) => each.url);
  if (['page-', 'home-'].every((part) => keys.some((url) => url.includes('/p/a/' + part)))) return true } }"""


def come_home(page: Page, server: Server, lang: str = "en") -> str:
    link = server.home_link(lang=lang)
    prove(page, server, link, "#words")
    return link


def keep_home(page: Page) -> None:
    page.evaluate("async () => { await navigator.serviceWorker.ready }")
    until(page, KEPT_FILES)
    until(page, f"async () => ({KEYS}).length > 0")


def test_home_opens_without_a_network_says_its_age_and_sends_what_was_written_once(server: Server, phone: Page):
    server.book()
    link = come_home(phone, server)
    keep_home(phone)
    before = len(server.messages())
    heading = phone.locator("[id^='a-'] h3").first.text_content()
    phone.context.set_offline(True)
    phone.goto(link)
    expect(phone.locator("#age")).to_contain_text("You see this page as it was", timeout=PATIENCE_MS)
    expect(phone.locator("[id^='a-'] h3").first).to_have_text(heading or "")
    phone.locator("[name=confirm], [name=move]").first.click()
    expect(phone.locator("#state")).to_contain_text("no signal")
    for words in ("Can I bring my daughter?", "And the dog?"):
        phone.fill("#w", words)
        phone.locator("[name=write]").click()
        expect(phone.locator("#letters")).to_contain_text(words)
    expect(phone.locator("#state")).to_contain_text("Saved on this phone", timeout=PATIENCE_MS)
    phone.reload()
    expect(phone.locator("#letters")).to_contain_text("And the dog?", timeout=PATIENCE_MS)
    phone.context.set_offline(False)
    phone.evaluate("for (let i = 0; i < 3; i++) dispatchEvent(new Event('online'))")
    send_now(phone)
    expect(phone.locator("#letters")).to_be_empty(timeout=PATIENCE_MS)
    expect(phone.locator("#words")).to_contain_text("And the dog?")
    expect(phone.locator("#age")).to_be_hidden()
    assert len(server.messages()) == before + 2


def test_what_was_written_at_home_is_sent_by_the_worker_once_when_the_page_is_closed(server: Server, phone: Page):
    link = come_home(phone, server)
    keep_home(phone)
    before = len(server.messages())
    phone.context.set_offline(True)
    phone.goto(link)
    expect(phone.locator("#age")).to_be_visible(timeout=PATIENCE_MS)
    phone.context.set_offline(False)  # the worker that sends has to be fetched; nothing else reaches the server
    phone.route("**/home*", lambda route: route.abort())
    for words in ("Where do I park the boat?", "And the canoe?"):
        phone.fill("#w", words)
        phone.locator("[name=write]").click()
        expect(phone.locator("#letters")).to_contain_text(words)
    expect(phone.locator("#state")).to_contain_text("You can close this page", timeout=PATIENCE_MS)
    until(
        phone,
        "async () => { const found = await navigator.serviceWorker.getRegistration('/p/');"
        " return [found.active, found.waiting].some((each) => each && each.scriptURL.endsWith('send=1')) }",
    )
    other = phone.context.new_page()
    other.goto(f"{server.url}/c")
    sync_from_worker(other, server, phone.close)
    until_nothing_waits(other)
    other.goto(f"{link}?new=1")
    expect(other.locator("#words")).to_contain_text("And the canoe?", timeout=PATIENCE_MS)
    expect(other.locator("#letters")).to_be_empty()
    assert len(server.messages()) == before + 2


def test_what_is_kept_of_home_cannot_be_read_from_the_phones_storage_and_a_shared_phone_keeps_none(
    server: Server, phone: Page
):
    come_home(phone, server)
    phone.locator("#tools").wait_for()
    until(phone, f"async () => ({KEYS}).length > 0")
    ((box, is_extractable),) = kept_on(phone)
    assert "appointment" not in box
    assert not is_extractable
    phone.click("#shared")
    expect(phone.locator("#state")).to_have_text("Nothing is kept on this phone.")
    assert kept_on(phone) == []


def test_a_message_sent_by_a_double_tap_goes_once(server: Server, phone: Page):
    phone.add_init_script(SLOW_TO_KEEP)
    come_home(phone, server)
    phone.locator("#tools").wait_for()
    before = len(server.messages())
    phone.fill("#w", "Is it far?")
    phone.locator("[name=write]").dblclick()
    expect(phone.locator("#words .note", has_text="Is it far?")).to_have_count(1)
    until_nothing_waits(phone)
    assert len(server.messages()) == before + 1


def test_a_page_behind_a_pin_is_not_kept_and_what_was_kept_goes(server: Server, phone: Page):
    link = come_home(phone, server)
    keep_home(phone)
    phone.goto(f"{link}/pin")
    for name in ("new", "again"):
        phone.fill(f"[name={name}]", "5093")
    phone.locator("main form button").first.click()
    phone.locator("#words").wait_for()
    try:
        phone.goto(f"{link}?new=1")
        phone.locator("#words").wait_for()
        expect(phone.locator("#tools")).to_have_count(0)
        until(phone, f"async () => !({KEYS}).includes('{re.sub('^.*(?=/p/)', '', link)}')")
    finally:
        phone.goto(f"{link}/pin")
        phone.locator("[name=off]").click()
        phone.locator("#words").wait_for()


KEYS = """await (async () => {
  const asked = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result) });
  const database = await asked(indexedDB.open('farline'));
  const found = await asked(database.transaction('d').objectStore('d').getAllKeys());
  database.close(); return found })()"""


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_home_without_a_network_passes_axe_in_both_languages(server: Server, phone: Page, shots: Path, lang: str):
    link = come_home(phone, server, lang)
    keep_home(phone)
    phone.context.set_offline(True)
    phone.goto(link)
    expect(phone.locator("#age")).to_be_visible(timeout=PATIENCE_MS)
    phone.fill("#w", "Marmalade")
    phone.locator("[name=write]").click()
    expect(phone.locator("#retry")).to_be_visible(timeout=PATIENCE_MS)
    accessible(phone, shots, f"home-offline-{lang}")
    phone.locator("#shared").click()

"""What goes wrong on phones, made to happen in a real browser: each time the patient can still finish."""

from __future__ import annotations

import base64
import re
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.beds.axe import violations
from tests.beds.waits import until
from tests.browser.at_the_page import (
    FORM,
    QUEUED,
    SENT,
    Server,
    fill,
    keep_for_offline,
    kept_on,
    prove,
    send,
    send_now,
    sync_from_worker,
    until_kept,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.xdist_group("page")
PATIENCE_MS = 30_000


def finishes(page: Page) -> None:
    """The one thing every failure must leave possible."""
    fill(page)
    send(page)
    expect(page.locator(f"{SENT}, .code").first).to_be_visible(timeout=PATIENCE_MS)


def test_a_phone_with_a_few_kilobytes_left_keeps_the_answers_or_says_so(server: Server, phone: Page):
    prove(phone, server, server.link())
    tools = phone.context.new_cdp_session(phone)
    tools.send("Storage.overrideQuotaForOrigin", {"origin": server.url, "quotaSize": 2048})
    phone.fill("[name=anything-else]", "word " * 400)
    expect(phone.locator("#state")).to_have_text(re.compile("Saved|Kept until you close"))
    finishes(phone)


@pytest.mark.parametrize(
    "broken",
    [
        "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError') }",
        "IDBFactory.prototype.open = () => ({})",  # some private modes never answer
        "IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError') }",
        "Object.defineProperty(window, 'indexedDB', {value: null})",
        "Object.defineProperty(window, 'sessionStorage', {get() { throw new DOMException('no', 'SecurityError') }})",
        "Object.defineProperty(window, 'crypto', {value: {getRandomValues: (a) => a}})",
        "Object.defineProperty(navigator, 'serviceWorker', {value: undefined})",
        "Object.defineProperty(navigator, 'locks', {value: undefined})",
        "Object.defineProperty(navigator, 'storage', {value: undefined})",
    ],
    ids=[
        "refused",
        "never-answers",
        "full",
        "no-database",
        "no-session",
        "no-crypto",
        "no-worker",
        "no-locks",
        "no-storage",
    ],
)
def test_a_phone_without_one_of_its_parts_still_sends(server: Server, phone: Page, broken: str):
    phone.add_init_script(broken)
    prove(phone, server, server.link())
    finishes(phone)


def test_a_database_closed_in_the_background_is_opened_again(server: Server, phone: Page):
    """iOS does this; the handle is dead and the next change throws InvalidStateError."""
    phone.add_init_script("""
      const open = indexedDB.open.bind(indexedDB); window.handles = [];
      IDBFactory.prototype.open = (...named) => { const asked = open(...named);
        asked.addEventListener('success', () => window.handles.push(asked.result)); return asked }""")
    prove(phone, server, server.link())
    phone.fill("[name=anything-else]", "before")
    expect(phone.locator("#state")).not_to_be_empty()
    phone.evaluate("window.handles.forEach((each) => each.close())")
    phone.fill("[name=anything-else]", "after")
    phone.wait_for_function("() => window.handles.length > 1")
    expect(phone.locator("#state")).to_have_text(re.compile("Saved|received"))
    assert len(kept_on(phone)) == 1
    finishes(phone)


def test_a_draft_is_waited_for_where_there_is_no_signal_and_storage_is_slow(server: Server, phone: Page):
    """An old phone takes seconds to open its database; without a network nothing else can be shown."""
    link = server.link()
    prove(phone, server, link)
    keep_for_offline(phone)
    phone.check("input[name=overall][value=worse]")
    expect(phone.locator("#state")).to_have_text(re.compile("Saved|received"))
    phone.add_init_script("""{ const open = IDBFactory.prototype.open;
      IDBFactory.prototype.open = function (...named) {
        const late = {}; setTimeout(() => { const asked = open.apply(this, named);
          asked.onsuccess = () => { late.result = asked.result; late.onsuccess() } }, 6000);
        return late } }""")
    phone.context.set_offline(True)
    phone.goto(link)
    expect(phone.locator("input[name=overall][value=worse]")).to_be_checked(timeout=PATIENCE_MS)


def test_a_locked_draft_whose_lock_was_cleared_away_says_there_is_no_signal(server: Server, phone: Page):
    """A browser short of room clears what was fetched: the page that asks for the code cannot be shown, and says so."""
    link = server.link()
    prove(phone, server, link)
    keep_for_offline(phone)
    phone.check("input[name=overall][value=worse]")
    lock(phone, "2580")
    until(
        phone,
        """async () => {
      for (const name of await caches.keys()) { const cache = await caches.open(name);
        for (const each of await cache.keys()) if (/more/.test(each.url)) await cache.delete(each) }
      return true }""",
    )
    phone.context.route(re.compile("/p/a/more"), lambda route: route.abort())
    phone.context.set_offline(True)
    phone.goto(link)
    expect(phone.get_by_role("heading", name="There is no signal just now.")).to_be_visible(timeout=PATIENCE_MS)
    phone.context.unroute_all()
    phone.context.set_offline(False)
    phone.goto(link)
    phone.fill("#pin", "2580")
    phone.click("main form button:not(.s)")
    finishes(phone)


@pytest.mark.parametrize("year", [2025, 2028])
def test_a_clock_wrong_by_a_year_changes_neither_what_counts_nor_what_is_kept(server: Server, phone: Page, year: int):
    phone.clock.install(time=f"{year}-11-20T10:00:00Z")
    prove(phone, server, server.link())
    fill(phone)
    expect(phone.locator("#state")).not_to_be_empty()
    send(phone)
    expect(phone.locator(SENT)).to_be_visible(timeout=PATIENCE_MS)
    newest = (
        "[str(a.answered_at)[:4] for a in s.query(Answer).filter_by(channel='web').order_by(Answer.id.desc()).limit(1)]"
    )
    assert server.ask(newest)[0] != str(year)


def test_a_draft_nobody_came_back_to_goes_after_a_week_and_what_waits_to_be_sent_stays(server: Server, phone: Page):
    left, waiting, third = (server.link(form=form) for form in ("phq-2", FORM, "transport-and-access"))
    prove(phone, server, left)
    phone.locator("input[type=radio]").first.check()
    prove(phone, server, waiting)
    phone.context.set_offline(True)
    fill(phone)
    send(phone)
    expect(phone.locator(QUEUED)).to_be_visible()
    assert len(kept_on(phone)) == 2
    later = phone.context.new_page()
    later.add_init_script("const real = Date.now; Date.now = () => real() + 8 * 864e5")
    phone.route("**/packet", lambda route: route.abort())
    phone.context.set_offline(False)
    prove(later, server, third)
    path = left[len(server.url) :]
    until(later, f"async () => ({KEYS}).length === 2 && !({KEYS}).includes('{path}')")
    phone.unroute("**/packet")
    send_now(phone)
    expect(phone.locator(SENT)).to_be_visible(timeout=PATIENCE_MS)


KEYS = """await (async () => {
  const asked = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result) });
  const database = await asked(indexedDB.open('farline'));
  const found = await asked(database.transaction('d').objectStore('d').getAllKeys());
  database.close(); return found })()"""


def test_a_link_on_which_nothing_moves_is_given_up_after_a_minute_and_tried_again(server: Server, phone: Page):
    phone.clock.install()
    prove(phone, server, server.link())
    fill(phone)
    hung: list[object] = []
    phone.route("**/packet", lambda route: hung.append(route) if not hung else route.continue_())
    send(phone)
    phone.wait_for_function("() => document.querySelector('#state').textContent.startsWith('Sending')")
    phone.clock.fast_forward(30_000)
    phone.wait_for_timeout(500)
    expect(phone.locator("#state")).to_contain_text("Sending")
    phone.clock.fast_forward(31_000)
    expect(phone.locator(QUEUED)).to_be_visible(timeout=PATIENCE_MS)
    send_now(phone)
    expect(phone.locator(SENT)).to_be_visible(timeout=PATIENCE_MS)


SINCE = {
    "resourceType": "Questionnaire", "status": "active", "title": "Since when", "language": "en",
    "item": [
        {"linkId": "since", "type": "date", "required": True, "text": "Since when?"},
        {"linkId": "why", "type": "string", "text": "What happened then?",
         "enableWhen": [{"question": "since", "operator": ">", "answerDate": "2026-01-01"}]},
    ],
}  # fmt: skip


def fill_since(page: Page) -> None:
    """Its condition compares dates, which takes a script of its own."""
    for part, value in (("y", "2026"), ("m", "5"), ("d", "17")):
        page.fill(f"[name='since.{part}']", value)


@pytest.mark.parametrize("lost", ["page-", "plain-"])
@pytest.mark.parametrize("how", ["blocked", "cut"])
def test_a_script_that_does_not_come_leaves_the_plain_form(server: Server, phone: Page, lost: str, how: str):
    def spoil(route):
        if how == "blocked":
            route.abort()
        else:
            with urllib.request.urlopen(route.request.url) as answer:
                text = answer.read().decode()
            route.fulfill(body=text[: len(text) // 2], content_type="text/javascript")

    phone.route(re.compile(f"/p/a/{lost}"), spoil)
    form = f"since-{lost}{how}"
    server.publish(form, SINCE)
    with phone.expect_event("requestfinished" if how == "cut" else "requestfailed", lambda asked: lost in asked.url):
        prove(phone, server, server.link(form=form), "[name='since.y']")
    expect(phone.locator("#tools")).to_be_hidden()
    fill_since(phone)
    phone.get_by_role("button", name="Save for later").click()
    expect(phone.locator("#f-why")).to_be_visible()
    send(phone)
    expect(phone.locator(".code")).to_be_visible(timeout=PATIENCE_MS)


def lock(page: Page, code: str) -> None:
    page.click("#lock")
    page.fill("#pin", "12")
    page.keyboard.press("Enter")
    expect(page.locator("#e-pin")).to_have_text("Please choose 4 to 8 digits.")
    assert violations(page) == []
    page.fill("#pin", code)
    page.keyboard.press("Enter")
    expect(page.locator("#state")).to_contain_text("lock code only", timeout=PATIENCE_MS)


def test_a_lock_keeps_a_draft_from_the_next_person_on_the_phone_and_each_link_has_its_own(server: Server, phone: Page):
    mine, other = server.link(), server.link(form="phq-2")
    prove(phone, server, mine)
    keep_for_offline(phone)
    phone.check("input[name=overall][value=worse]")
    lock(phone, "2580")
    phone.context.set_offline(True)
    phone.goto(mine)
    expect(phone.locator("h1")).to_have_text("Answers are kept on this phone")
    assert violations(phone) == []
    assert phone.evaluate("getComputedStyle(document.querySelector('main')).fontSize") == "18px"
    assert "Compared" not in phone.content()
    phone.fill("#pin", "1111")
    phone.click("main form button:not(.s)")
    expect(phone.locator("[role=alert]")).to_contain_text("not the lock code", timeout=PATIENCE_MS)
    phone.fill("#pin", "2580")
    phone.click("main form button:not(.s)")
    expect(phone.locator("input[name=overall][value=worse]")).to_be_checked(timeout=PATIENCE_MS)
    rows = phone.evaluate(ROWS)
    assert [(row["hasKey"], row["hasLock"]) for row in rows] == [(False, True)]
    phone.context.set_offline(False)
    prove(phone, server, other)
    assert sorted((row["hasKey"], row["hasLock"]) for row in phone.evaluate(ROWS)) == [(False, True), (True, False)]
    phone.goto(mine)
    phone.fill("#pin", "2580")
    phone.click("main form button:not(.s)")
    finishes(phone)


ROWS = """async () => {
  const asked = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result) });
  const database = await asked(indexedDB.open('farline'));
  const rows = await asked(database.transaction('d').objectStore('d').getAll());
  return rows.map((row) => ({hasKey: Boolean(row.key), hasLock: Boolean(row.lock)}));
}"""


def test_a_forgotten_code_costs_the_draft_and_not_the_form(server: Server, phone: Page):
    link = server.link()
    prove(phone, server, link)
    phone.check("input[name=overall][value=worse]")
    lock(phone, "2580")
    phone.goto(f"{link}?new=1")
    phone.locator("#pin").wait_for()  # until then the server's page has buttons of the same looks
    phone.click("main form button.s")
    phone.locator("#tools").wait_for()
    finishes(phone)


def test_the_language_changes_and_no_answer_is_lost(server: Server, phone: Page):
    prove(phone, server, server.link())
    phone.route("**/packet", lambda route: route.abort())  # nothing reaches the server meanwhile
    phone.fill("[name=anything-else]", "marmalade")
    phone.check("input[name=overall][value=worse]")
    phone.locator("button[name=lang][value^=fr]").click()
    expect(phone.locator("html")).to_have_attribute("lang", re.compile("^fr"), timeout=PATIENCE_MS)
    expect(phone.locator("[name=anything-else]")).to_have_value("marmalade")
    expect(phone.locator("input[name=overall][value=worse]")).to_be_checked()
    phone.unroute("**/packet")
    finishes(phone)


def test_a_finished_form_is_sent_by_the_worker_when_the_page_is_closed(server: Server, phone: Page):
    link = server.link()
    prove(phone, server, link)
    keep_for_offline(phone)
    phone.goto(link)
    phone.route("**/packet", lambda route: route.abort())
    fill(phone)
    send(phone)
    expect(phone.locator(QUEUED)).to_be_visible()
    # A phone whose storage is slow says meanwhile that the page must stay open.
    until(phone, f"async () => ({KEYS}).length === 1")
    other = phone.context.new_page()
    other.goto(f"{server.url}/c")
    sync_from_worker(other, server, phone.close)
    until(other, f"async () => ({KEYS}).length === 0")
    other.goto(f"{link}?new=1")
    expect(other.locator(".code")).to_be_visible()


def test_pages_obey_their_policy_ask_no_other_host_and_name_no_health(server: Server, phone: Page):
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    phone.add_init_script("""window.broken = []; document.addEventListener('securitypolicyviolation',
      (event) => window.broken.push(event.violatedDirective + ' ' + event.blockedURI))""")
    link = server.link()
    prove(phone, server, link)
    keep_for_offline(phone)
    phone.check("input[name=fever][value=true]")
    expect(phone.locator("#state")).not_to_be_empty()
    assert phone.evaluate("window.broken") == []
    phone.goto(link)  # from the worker
    phone.locator("#tools").wait_for()
    assert phone.evaluate("window.broken") == []
    assert phone.evaluate("getComputedStyle(document.querySelector('main')).fontSize") == "18px"
    assert {url[: len(server.url)] for url in asked if not url.startswith("data:")} == {server.url}
    inject = "() => {{ const e = document.createElement('{tag}'); e.textContent = '{text}'; document.head.append(e) }}"
    phone.evaluate(inject.format(tag="style", text="main{opacity:0.5}"))
    phone.evaluate(inject.format(tag="script", text="window.ran = 1"))
    assert phone.evaluate("[window.ran, getComputedStyle(document.querySelector('main')).opacity]") == [None, "1"]
    said = [
        phone.title(),
        *phone.evaluate("async () => [...await caches.keys(), ...(await indexedDB.databases()).map((d) => d.name)]"),
    ]
    assert not re.search("health|clinic|symptom|medic", " ".join(said), re.IGNORECASE)


# --- at the very moment -----------------------------------------------------------------------------------------------

SLOW_TO_KEEP = """{
  const encrypt = SubtleCrypto.prototype.encrypt;
  SubtleCrypto.prototype.encrypt = function (...given) {
    return new Promise((go) => setTimeout(go, 400)).then(() => encrypt.apply(this, given));
  };
}"""


WATCH_THE_RECEIPT = """() => {
  const remove = IDBObjectStore.prototype.delete;
  IDBObjectStore.prototype.delete = function (...given) {
    this.transaction.addEventListener('complete', () => { window.isWiped = true });
    return remove.apply(this, given);
  };
  new MutationObserver(() => {
    if (document.querySelector('.sent')) window.wasWiped = window.wasWiped || (window.isWiped ? 'yes' : 'no');
  }).observe(document.querySelector('main'), {childList: true, subtree: true});
}"""


def test_a_receipt_is_shown_once_nothing_is_left_on_the_phone(server: Server, phone: Page):
    prove(phone, server, server.link())
    phone.evaluate(WATCH_THE_RECEIPT)
    fill(phone)
    send(phone)
    expect(phone.locator(SENT)).to_be_visible()
    assert phone.evaluate("window.wasWiped") == "yes"
    assert kept_on(phone) == []


def test_a_phone_called_shared_while_an_answer_is_being_kept_keeps_none(server: Server, phone: Page):
    phone.add_init_script(SLOW_TO_KEEP)
    prove(phone, server, server.link())
    phone.check("input[name=overall][value=worse]")
    phone.click("#shared")
    expect(phone.locator("#state")).to_contain_text("Kept until you close this page")
    assert kept_on(phone) == []
    phone.check("input[name=breathing][value=none]")
    phone.wait_for_timeout(600)
    assert kept_on(phone) == []
    finishes(phone)


def test_a_draft_that_cannot_be_read_just_now_is_not_written_over(server: Server, phone: Page):
    link = server.link()
    prove(phone, server, link)
    phone.route("**/packet", lambda route: route.abort())
    phone.check("input[name=overall][value=worse]")
    until_kept(phone, "overall", "worse")
    later = phone.context.new_page()
    later.route("**/packet", lambda route: route.abort())
    later.add_init_script("""{ let left = 2; const open = IDBFactory.prototype.open;
      IDBFactory.prototype.open = function (...named) {
        if (left-- > 0) throw new DOMException('not now', 'UnknownError');
        return open.apply(this, named) } }""")
    later.goto(f"{link}?new=1")
    later.locator("#tools").wait_for()
    later.check("input[name=breathing][value=none]")
    expect(later.locator("#state")).to_contain_text("Kept until you close this page")
    later.close()
    until_kept(phone, "overall", "worse")
    phone.goto(f"{link}?new=1")
    expect(phone.locator("input[name=overall][value=worse]")).to_be_checked()
    phone.unroute("**/packet")
    finishes(phone)


# --- releases and switches --------------------------------------------------------------------------------------------


class Release:
    """A server in front of the clinic's that hands out another worker once told to, as a newer release would."""

    def __init__(self, server: Server) -> None:
        self.server, self.is_newer = server, False
        release = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None: ...

            def _pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
                said = {
                    k: v for k, v in self.headers.items() if k.lower() not in ("host", "accept-encoding", "connection")
                }
                asked = urllib.request.Request(server.url + self.path, body, said, method=self.command)
                opener = urllib.request.build_opener(_NoRedirect)
                try:
                    answer = opener.open(asked)
                except urllib.error.HTTPError as error:
                    answer = error
                content = answer.read()
                is_worker = self.path.partition("?")[0] == "/sw.js"  # with what sends, or without
                if is_worker and release.is_newer:
                    content = re.sub(rb"v[0-9a-f]{10}", b"v0123456789", content)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    if name.lower() in ("content-length", "connection", "transfer-encoding") or (
                        is_worker and name.lower() in ("cache-control", "etag")
                    ):
                        continue
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                if is_worker:
                    self.send_header("Cache-Control", "no-store")
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = _pass_on  # noqa: N815 - the base class's names

        self.front = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.front.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.front.server_port}"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


@pytest.fixture
def release(server: Server) -> Iterator[Release]:
    made = Release(server)
    yield made
    made.front.shutdown()


def test_a_newer_worker_waits_while_a_draft_is_open_and_the_draft_opens_under_it_later(
    server: Server, phone: Page, release: Release
):
    server.publish("since", SINCE)
    link = release.url + server.link(form="since")[len(server.url) :]
    prove(phone, server, link, "[name='since.y']")
    keep_for_offline(phone, files=2)
    phone.goto(link)
    fill_since(phone)
    until_kept(phone, "since", "2026-05-17")
    release.is_newer = True
    phone.evaluate("async () => { await (await navigator.serviceWorker.getRegistration('/p/')).update() }")
    until(phone, "async () => Boolean((await navigator.serviceWorker.getRegistration('/p/')).waiting)")
    expect(phone.locator("#f-why")).to_be_visible()  # the open page goes on, on the version it began with
    away = phone.context.new_page()
    away.goto(f"{release.url}/c")
    phone.close()
    until(away, "async () => { const all = await caches.keys(); return all.length === 1 && all[0] === 'v0123456789' }")
    away.context.set_offline(True)
    away.goto(link)
    expect(away.locator("[name='since.y']")).to_have_value("2026", timeout=PATIENCE_MS)
    expect(away.locator("#f-why")).to_be_visible()  # its conditions came along
    away.context.set_offline(False)
    send(away)
    expect(away.locator(SENT)).to_be_visible(timeout=PATIENCE_MS)


# --- photos -----------------------------------------------------------------------------------------------------------

SKIN = {
    "resourceType": "Questionnaire", "status": "active", "title": "Skin", "language": "en",
    "item": [
        {"linkId": "photo", "type": "attachment", "required": True, "text": "A photo of the spot"},
        {"linkId": "where", "type": "string", "required": True, "text": "Where is it?"},
    ],
}  # fmt: skip
PICTURE = """() => { const canvas = document.createElement('canvas'); canvas.width = 2400; canvas.height = 1800;
  const pen = canvas.getContext('2d'); for (let i = 0; i < 3000; i++) {
    pen.fillStyle = `hsl(${i * 37 % 360} 60% ${i % 90}%)`; pen.fillRect(i * 97 % 2400, i * 61 % 1800, 160, 120) }
  return canvas.toDataURL('image/png').split(',')[1] }"""


def test_a_photo_taken_without_a_signal_is_made_small_cut_off_and_arrives_whole_once(server: Server, phone: Page):
    server.publish("skin", SKIN)
    link = server.link(form="skin")
    prove(phone, server, link)
    keep_for_offline(phone, files=2)
    picture = base64.b64decode(phone.evaluate(PICTURE))
    phone.context.set_offline(True)
    phone.goto(link)
    phone.locator("output").wait_for(state="attached")
    phone.evaluate(
        "new MutationObserver(() => location.reload()).observe(document.querySelector('output'), {childList: true})"
    )
    with phone.expect_navigation():  # at the very moment its name is shown
        phone.set_input_files("[type=file]", {"name": "spot.png", "mimeType": "image/png", "buffer": picture})
    expect(phone.locator("output")).to_have_text("spot.png")
    phone.fill("[name=where]", "arm")
    send(phone)
    expect(phone.locator(QUEUED)).to_be_visible()
    parts: list[int] = []

    def cut(route):
        if route.request.method == "POST":
            parts.append(int(route.request.headers["offset"]))
            if len(parts) == 2:
                route.abort()
                return
        route.continue_()

    phone.route("**/file/*", cut)
    phone.context.set_offline(False)
    send_now(phone)
    expect(phone.locator(SENT)).to_be_visible(timeout=60_000)
    assert len(parts) == len(set(parts)) + 1  # only the part that was cut was sent again
    kept = server.ask("[[a.content_type, a.size_bytes, len(a.content)] for a in s.query(Attachment)]")
    assert [each[0] for each in kept] == ["image/jpeg"]
    assert kept[0][1] == kept[0][2]
    assert kept_on(phone) == []


TWO_PHOTOS = {**SKIN, "item": [{**SKIN["item"][0], "linkId": "before"}, *SKIN["item"]]}


def test_photos_on_a_shared_phone_stay_in_memory_only_and_arrive(server: Server, phone: Page):
    """The one taken before the phone was called shared, too."""
    server.publish("skin-two", TWO_PHOTOS)
    prove(phone, server, server.link(form="skin-two"))
    first, second = (phone.locator(f"#f-{name}") for name in ("before", "photo"))
    large = {"name": "long.mp3", "mimeType": "audio/mpeg", "buffer": bytes(5_100_000)}
    second.locator("[type=file]").set_input_files(large)
    expect(phone.locator("#e-photo")).to_contain_text("too large")
    assert second.locator("[type=file]").input_value() == ""
    assert violations(phone) == []
    picture = base64.b64decode(phone.evaluate(PICTURE.replace("2400", "60").replace("1800", "40")))
    spot = {"name": "spot.png", "mimeType": "image/png", "buffer": picture}
    phone.route("**/file/*", lambda route: route.abort())
    first.locator("[type=file]").set_input_files(spot)
    expect(first.locator("output")).to_have_text("spot.png")
    phone.click("#shared")
    expect(phone.locator("#state")).to_contain_text("Kept until you close this page")
    assert kept_on(phone) == []
    second.locator("[type=file]").set_input_files(spot)
    expect(second.locator("output")).to_have_text("spot.png")
    expect(phone.locator("#e-photo")).to_have_count(0)
    assert kept_on(phone) == []
    phone.unroute("**/file/*")
    before = server.ask("s.query(Attachment).count()")
    phone.fill("[name=where]", "arm")
    send(phone)
    expect(phone.locator(SENT)).to_be_visible(timeout=PATIENCE_MS)
    assert server.ask("s.query(Attachment).count()") == before + 2


def test_a_photo_the_phone_has_lost_is_asked_for_again(server: Server, phone: Page):
    server.publish("skin-lost", SKIN)
    link = server.link(form="skin-lost")
    prove(phone, server, link)
    phone.route("**/file/*", lambda route: route.abort())
    picture = base64.b64decode(phone.evaluate(PICTURE.replace("2400", "60").replace("1800", "40")))
    spot = {"name": "spot.png", "mimeType": "image/png", "buffer": picture}
    phone.set_input_files("[type=file]", spot)
    expect(phone.locator("output")).to_have_text("spot.png")
    phone.evaluate(LOSE_FILES)
    phone.goto(f"{link}?new=1")
    phone.locator("#tools").wait_for()
    expect(phone.locator("output")).to_be_empty()  # found out when it was to be sent
    phone.unroute("**/file/*")
    phone.fill("[name=where]", "arm")
    send(phone)
    expect(phone.locator("#e-photo")).to_be_visible()
    phone.set_input_files("[type=file]", spot)
    expect(phone.locator("output")).to_have_text("spot.png")
    send(phone)
    expect(phone.locator(SENT)).to_be_visible(timeout=PATIENCE_MS)


LOSE_FILES = """async () => {
  const asked = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result) });
  const database = await asked(indexedDB.open('farline'));
  const all = () => database.transaction('d', 'readwrite').objectStore('d');
  for (const key of await asked(all().getAllKeys())) if (key.includes('#')) await asked(all().delete(key));
  database.close();
}"""

"""The patient's page over a slow link: bytes moved, time until the first question can be answered, sending once.

A phone-sized headless Chromium, its processor slowed six times, behind a link of 50/20 kbit/s and 500 ms ("gprs") or
240/200 kbit/s and 400 ms ("edge"). "Emulated" is the browser's own throttling, in which connections cost nothing;
"strict" is `bench/slow_link.py`: three round trips (DNS, TCP, TLS 1.3) before a connection's first byte, one queue for
all connections. Answerable: the first question is visible, enabled and uncovered, and the main thread has turned over.
Bytes are those on the wire, HTTP headers included. The intake has 22 items and four conditions; the same as bare
hand-written HTML (`bench/intake_form.py` has both) is measured beside it, round by round. A first visit loads the page
twice: as the question who opens it, and as the form, by a browser that has answered that.

Others with the same 22 items, each in its own format, its newest build, packed and cached at its best, measured in
November 2026 on a 2-core machine with the same browser, links and definition of answerable:

| page | bytes down | requests | gprs, emulated | edge, emulated | opens offline |
| --- | ---: | ---: | ---: | ---: | --- |
| Medplum QuestionnaireForm 5.2.13 | 239,112 | 3 | 41.1 s | 10.6 s | no |
| Enketo Core 9.0.1 | 249,306 | 3 | 43.0 s | 10.5 s | no |
| SurveyJS 2.5.38 | 302,431 | 3 | 54.1 s | 13.1 s | no |
| Form.io 5.6.0 | 352,976 | 5 | 59.7 s | 13.9 s | no |
| Smart Forms 1.4.0 | 641,275 | 4 | 103.8 s | 24.2 s | no |
| LHC-Forms 40.1.3 | 650,114 | 6 | 110.3 s | 25.3 s | no |
| ODK Web Forms 0.22.0 | 1,050,612 | 3 | 172.2 s | 38.5 s | no |

In strict mode Medplum, the lightest of them, took 44.2 s at gprs and 12.0 s at edge.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import brotli
import requests

from bench.clinic import fill_clinic
from bench.figures import Figure, spread
from bench.intake_form import bare_page, questionnaire, twenty_questions
from bench.servers import FARLINE, running
from bench.slow_link import FAST, RADIOS, Radio, SlowLink
from tests.beds.chromium import ARGUMENTS, find_chromium
from tests.beds.process import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

ROUNDS = 3
SETTLE_MS = 3000
INTAKE, TWENTY = "bench-intake", "bench-twenty"
SLOWER = 6
BORN = {"birth.y": "1980", "birth.m": "5", "birth.d": "17"}
LIGHTEST_BYTES = 239_112
ALIKE = "without the question who opens it, which the others do not ask; ours opens offline"
LIGHTEST_OTHER = {"gprs": 41.1, "edge": 10.6}
STRICT_AT_MOST = {"gprs": 3.5, "edge": 2.5}
PATIENCE_MS = 120_000
PROBE = """(wanted) => {
  const ready = () => { const each = document.querySelector(wanted);
    if (!each || each.disabled) return false;
    const box = each.getBoundingClientRect();
    if (!box.width || !box.height || getComputedStyle(each).visibility === 'hidden') return false;
    if (box.top >= innerHeight || box.bottom <= 0) return true;
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    const over = [each, ...Array.from(each.labels || [])];
    return Boolean(top) && over.some((one) => one.contains(top)) };
  const look = () => { if (!document.body || !ready()) return setTimeout(look, 20);
    const turn = new MessageChannel();
    turn.port1.onmessage = () => { window.answerableAt = performance.now() };
    turn.port2.postMessage(0) };
  look() }"""


@dataclass(frozen=True)
class Visit:
    """One patient's link: its path, and the cookie of a browser that has said who it is."""

    port: int
    path: str
    cookie: str


def measure() -> Iterator[Figure]:
    from playwright.sync_api import sync_playwright

    program = find_chromium()
    if program is None:
        raise RuntimeError("Chromium is not here: apt-get install chromium")
    with (
        tempfile.TemporaryDirectory() as home,
        _clinic(Path(home)) as visit_of,
        _bare_server() as bare_port,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=program, args=[*ARGUMENTS, "--disable-quic"])
        yield from _bytes(browser, visit_of, bare_port)
        yield from _once(browser, visit_of)
        for name, radio in RADIOS.items():
            yield from _times(browser, visit_of, bare_port, name, radio)
        browser.close()


# --- figures ----------------------------------------------------------------------------------------------------------


def _bytes(browser: Browser, visit_of: Callable[[str], Visit], bare_port: int) -> Iterator[Figure]:
    """A first visit from the link to the installed worker, then the same link again; bare HTML beside."""
    with _phone(browser, Visit(bare_port, "/", "")) as (page, link, visit):
        page.goto(f"http://127.0.0.1:{link.port}{visit.path}", wait_until="networkidle")
        bare = link.down_bytes
        yield Figure(
            "22 items as bare HTML, no offline, down", bare, "B", beside=f"lightest other: {LIGHTEST_BYTES:,} B"
        )
    for form, what in ((TWENTY, "20 questions"), (INTAKE, "22 items, 4 conditions")):
        with _phone(browser, visit_of(form)) as (page, link, visit):
            page.goto(f"http://127.0.0.1:{link.port}{visit.path}", wait_until="networkidle")
            who = link.down_bytes
            _say_who(page)
            _await_worker(page)
            beside = f"the question who opens it {who:,} B; up {link.up_bytes:,} B; aim 10,000 B"
            first = link.down_bytes
            yield Figure(f"{what}: first visit, all of it, down", first, "B", at_most=14_000, beside=beside)
            if form == INTAKE:
                times = LIGHTEST_BYTES / (first - who)
                yield Figure("lighter than the lightest other", times, "times", at_least=20, beside=ALIKE)
            link.reset()
            page.goto(f"http://127.0.0.1:{link.port}{visit.path}")
            page.locator("#tools").wait_for()
            page.wait_for_timeout(SETTLE_MS)
            yield Figure(f"{what}: repeat visit, unchanged, down", link.down_bytes, "B", at_most=0)


def _once(browser: Browser, visit_of: Callable[[str], Visit]) -> Iterator[Figure]:
    """Opened, filled and sent without a link; the link then flaps."""
    with _phone(browser, visit_of(INTAKE)) as (page, link, visit):
        page.goto(f"http://127.0.0.1:{link.port}{visit.path}")
        _say_who(page)
        _await_worker(page)
        link.cut()
        page.context.set_offline(True)
        page.reload()
        page.locator("#tools").wait_for()
        _fill(page)
        page.click("button[name=finish]")
        page.locator(".queued").wait_for()
        posts: list[str] = []
        page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
        link.mend()
        link.reset()
        page.context.set_offline(False)
        page.evaluate("for (let i = 0; i < 2; i++) dispatchEvent(new Event('online'))")
        page.locator(".code.sent").wait_for()
        page.wait_for_timeout(2000)
        yield Figure("posts when the link is back and flaps", len(posts), "", at_most=1, at_least=1)
        yield Figure("up when the link is back", link.up_bytes, "B", beside="the answers, and one request's headers")


def _times(
    browser: Browser, visit_of: Callable[[str], Visit], bare_port: int, name: str, radio: Radio
) -> Iterator[Figure]:
    strict = Radio(radio.down, radio.up, radio.round_trip_s, setup_round_trips=3)
    whos, forms, bares, calm_forms, calm_bares = [], [], [], [], []
    for _ in range(ROUNDS):
        visit = visit_of(INTAKE)
        whos.append(_answerable(browser, visit, "[name='birth.d']", strict))
        forms.append(_answerable(browser, visit, "[name=name]", strict, has_proved=True))
        bares.append(_answerable(browser, Visit(bare_port, "/", ""), "[name=name]", strict))
        calm_forms.append(_answerable(browser, visit, "[name=name]", FAST, emulated=radio, has_proved=True))
        calm_bares.append(_answerable(browser, Visit(bare_port, "/", ""), "[name=name]", FAST, emulated=radio))
    most = STRICT_AT_MOST[name]
    yield Figure(f"{name}, strict: who opens it, answerable", median(whos), "s", at_most=most, beside=spread(whos))
    yield Figure(f"{name}, strict: the form, answerable", median(forms), "s", at_most=most, beside=spread(forms))
    yield Figure(f"{name}, strict: bare HTML, answerable", median(bares), "s", beside=spread(bares))
    yield Figure(f"{name}, strict: of bare HTML's time", median(forms) / median(bares), "", at_most=1.3)
    others = f"lightest other: {LIGHTEST_OTHER[name]} s"
    yield Figure(f"{name}, emulated: the form, answerable", median(calm_forms), "s", beside=others)
    yield Figure(f"{name}, emulated: bare HTML, answerable", median(calm_bares), "s", beside=spread(calm_bares))


# --- a phone ----------------------------------------------------------------------------------------------------------


def _answerable(
    browser: Browser,
    visit: Visit,
    question: str,
    radio: Radio,
    *,
    emulated: Radio = FAST,
    has_proved: bool = False,
) -> float:
    """Seconds from the start of the navigation, in a browser that has never been here."""
    with _phone(browser, visit, radio) as (page, link, _):
        if has_proved:
            _remember(page.context, visit)
        tools = page.context.new_cdp_session(page)
        tools.send("Network.enable")
        tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        if emulated.down:
            tools.send(
                "Network.emulateNetworkConditions",
                {
                    "offline": False,
                    "latency": emulated.round_trip_s * 1000,
                    "downloadThroughput": emulated.down / 8,
                    "uploadThroughput": emulated.up / 8,
                },
            )
        page.add_init_script(f"({PROBE})({question!r})")
        page.goto(f"http://127.0.0.1:{link.port}{visit.path}", wait_until="commit", timeout=PATIENCE_MS)
        page.wait_for_function("() => window.answerableAt", timeout=PATIENCE_MS, polling=50)
        return float(page.evaluate("window.answerableAt")) / 1000


@contextmanager
def _phone(browser: Browser, visit: Visit, radio: Radio = FAST) -> Iterator[tuple[Page, SlowLink, Visit]]:
    link = SlowLink(visit.port, radio).start()
    context = browser.new_context(
        viewport={"width": 360, "height": 640}, device_scale_factor=1.5, is_mobile=True, has_touch=True, locale="en-CA"
    )
    try:
        yield context.new_page(), link, visit
    finally:
        context.close()
        link.stop()


def _remember(context: BrowserContext, visit: Visit) -> None:
    context.add_cookies([{"name": "open", "value": visit.cookie, "domain": "127.0.0.1", "path": visit.path}])


def _say_who(page: Page) -> None:
    for name, value in BORN.items():
        page.fill(f"[name='{name}']", value)
    page.locator("form button").click()


def _await_worker(page: Page) -> None:
    """Until the worker has all it needs."""
    page.locator("#tools").wait_for()
    page.evaluate("async () => { await navigator.serviceWorker.ready }")
    page.wait_for_timeout(SETTLE_MS)


def _fill(page: Page) -> None:
    """Something in every field that can be seen."""
    for name in dict.fromkeys(page.eval_on_selector_all("input[type=radio]", "all => all.map((one) => one.name)")):
        first = page.locator(f"input[type=radio][name='{name}']").first
        if first.is_visible():
            first.check()
    for each in page.locator("input.i:visible").all():
        part = (each.get_attribute("name") or "").rpartition(".")[2]
        if not each.input_value():
            each.fill({"y": "1980", "m": "3", "d": "4", "house": "3", "weeks": "9"}.get(part, "Amina"))


# --- servers ----------------------------------------------------------------------------------------------------------


@contextmanager
def _clinic(home: Path) -> Iterator[Callable[[str], Visit]]:
    """A clinic's server with the intake published; gives a fresh patient's link each time."""
    from app.core.models import Clinic
    from app.intake.publish_questionnaire import publish_questionnaire
    from app.settings import Settings
    from app.wiring import build_house

    port = free_port()
    url = f"http://127.0.0.1:{port}"
    fill_clinic(home, f"sqlite:///{home / 'farline.db'}", 0, url)
    ground = build_house(Settings(home=home, public_url=url)).ground
    with ground.database.write() as session:
        clinic = session.query(Clinic).one()
        for name, form in ((INTAKE, questionnaire()), (TWENTY, twenty_questions())):
            publish_questionnaire(session, clinic, form, name=name, now=ground.clock.now())
    environment = {"FARLINE_HOME": str(home), "FARLINE_PUBLIC_URL": url, "FARLINE_LOG_LEVEL": "WARNING"}
    with running([str(FARLINE), "serve", "--port", str(port)], port, environment=environment):
        yield lambda form: _new_visit(ground, port, form)
    ground.database.close()


def _new_visit(ground: Any, port: int, form: str) -> Visit:
    from app.core.models import Clinic
    from app.intake.begin_response import begin_response
    from app.intake.store import current_version
    from app.patients.links import create_link
    from app.patients.models import Patient

    now = ground.clock.now()
    with ground.database.write() as session:
        clinic = session.query(Clinic).one()
        patient = Patient(
            clinic_id=clinic.id, locale="en-CA", created_at=now, updated_at=now, birth_date="1980-05-17"
        )  # fmt: skip
        session.add(patient)
        session.flush()
        version = current_version(session, clinic.id, form)
        assert version is not None
        response = begin_response(session, patient, version, "en-CA", now)
        made = create_link(
            session, patient, purpose="response", response_id=response.id, locale="en-CA", now=now
        )  # fmt: skip
    path = f"/p/{made.token}"
    asked = requests.post(f"http://127.0.0.1:{port}{path}", data=BORN, allow_redirects=False, timeout=30)
    return Visit(port, path, asked.cookies["open"])


@contextmanager
def _bare_server() -> Iterator[int]:
    body = brotli.compress(bare_page().encode())

    class Bare(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            if self.path != "/":  # the browser's own wish for an icon
                self.send_error(404)
                return
            self.send_response(200)
            for name, value in (
                ("Content-Type", "text/html"),
                ("Content-Encoding", "br"),
                ("Content-Length", len(body)),
            ):
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Bare)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()

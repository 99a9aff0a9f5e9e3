"""A clinic's server that can be stopped and started, and a patient's hands at the page behind a link."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

from tests.beds.process import start, stop
from tests.beds.room import throwaway_folder
from tests.beds.waits import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

FORM = "symptom-check-in"
CHOICES = {
    "overall": "better", "breathing": "none", "chest-pain": "false", "confused": "false", "fever": "false",
    "drinking": "true", "medicine": "true", "call-back": "false",
}  # fmt: skip
QUEUED = ".queued"
SENT = ".code.sent"


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A clinic's server that can be stopped and started again at the same address, and one of its patients."""

    home: Path = field(default_factory=lambda: throwaway_folder("farline-page-"))
    port: int = field(default_factory=free_port)
    born: str = ""
    patient: str = ""
    also: dict[str, str] = field(default_factory=dict)  # more of its environment

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, command: str) -> None:
        before = dict(os.environ)
        os.environ.update(self._environment)
        try:
            self._process = start(
                [_farline(), command, "--port", str(self.port)],
                log=self.home / "log", ready=lambda: answers(f"{self.url}/readyz"), timeout_s=120,
            )  # fmt: skip
        finally:
            os.environ.clear()
            os.environ.update(before)

    def restart(self, **also: str) -> None:
        """As a newer release, or with other settings."""
        self.stop()
        self.also = also
        self.start("serve")

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

    def home_link(self, *, lang: str = "en") -> str:
        made = self._run(_farline(), "links", "create", "--patient", self.patient, "--lang", lang)
        return f"{self.url}/p/{re.search(r'/p/([^ ]+)', made.split()[0])[1]}"

    def book(self) -> None:
        """An appointment of theirs in three days."""
        look = (
            "import sys, app.factory; from datetime import timedelta; from app.wiring import open_ground\n"
            "from app.appointments.models import Appointment; from app.patients.models import Patient\n"
            "ground = open_ground(); now = ground.clock.now()\n"
            "with ground.database.write() as s:\n"
            "    who = s.query(Patient).filter_by(record_id=sys.argv[1]).one()\n"
            "    s.add(Appointment(clinic_id=who.clinic_id, patient_id=who.id, start_at=now + timedelta(days=3),\n"
            "        minutes=20, status='booked', created_at=now, updated_at=now))"
        )
        self._run(sys.executable, "-c", look, self.patient)

    def messages(self) -> list[int]:
        """What came in from pages."""
        return self.ask("[m.id for m in s.query(Message).filter_by(channel='web', direction='inbound')]")

    @property
    def _environment(self) -> dict[str, str]:
        return {"FARLINE_HOME": str(self.home), "FARLINE_LOG_LEVEL": "WARNING", "PYTHONUNBUFFERED": "1", **self.also}

    def ask(self, code: str) -> Any:
        """What a few lines print as JSON; `s` is a session of the database."""
        look = (
            "import json; from app.wiring import open_ground\n"
            "from app.intake.models import *; from app.messaging.models import Message\n"
            f"with open_ground().database.read() as s:\n    print('@' + json.dumps({code}))"
        )
        return json.loads(self._run(sys.executable, "-c", look).rpartition("@")[2])

    def publish(self, name: str, resource: dict[str, Any]) -> None:
        look = (
            "import json, sys; from app.wiring import open_ground; from app.core.models import Clinic\n"
            "from app.intake.publish_questionnaire import publish_questionnaire as publish\n"
            "ground = open_ground()\n"
            "with ground.database.write() as s:\n"
            "    clinic = s.query(Clinic).first()\n"
            "    publish(s, clinic, json.loads(sys.argv[2]), name=sys.argv[1], now=ground.clock.now())"
        )
        self._run(sys.executable, "-c", look, name, json.dumps(resource))

    def _run(self, *command: str) -> str:
        ran = subprocess.run(
            command, env={**os.environ, **self._environment}, capture_output=True, text=True, check=True
        )  # fmt: skip
        return ran.stdout


def prove(page: Page, server: Server, link: str, shows: str = "#tools") -> None:
    """Say who we are, and wait for the form and until its script listens; or for what else it `shows`."""
    page.goto(link)
    for part, value in zip("ymd", server.born.split("-"), strict=True):
        page.fill(f"[name='birth.{part}']", value)
    page.locator("form button").click()
    page.locator(shows).first.wait_for()


def keep_for_offline(page: Page, files: int = 1) -> None:
    """Until the worker has taken all it needs."""
    page.locator("#tools").wait_for()
    page.evaluate("async () => { await navigator.serviceWorker.ready }")
    until(
        page,
        "async () => { for (const name of await caches.keys())"
        f" return (await (await caches.open(name)).keys()).length >= {files} }}",
    )


def fill(page: Page, **but: str) -> None:
    for name, value in {**CHOICES, **but}.items():
        page.check(f"input[name='{name}'][value='{value}']")
    page.fill("[name=pain]", "2")


def go_back(page: Page) -> None:
    """As a person does: once the page they see has come. A browser between two pages has no history to ask for."""
    page.wait_for_load_state()
    page.go_back()


def send(page: Page) -> None:
    page.click("button[name=finish]")


def send_now(page: Page) -> None:
    """Press the button of what waits, unless the page was quicker and has sent it by itself."""
    page.evaluate(
        "() => { const button = document.querySelector('#retry'); if (button && !button.hidden) button.click() }"
    )


def tab_to(page: Page, wanted: str, presses: int = 5) -> None:
    """With the Tab key alone, as often as somebody would press it."""
    for _ in range(presses):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(f"{wanted} was not reached: {page.evaluate('document.activeElement.outerHTML')}")


def posts_of(page: Page) -> list[str]:
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    return posts


def sync_from_worker(page: Page, server: Server, leave: Callable[[], None]) -> None:
    """Once there is a link the browser wakes the worker, and no page of ours is open. `leave` closes the last."""
    tools = page.context.new_cdp_session(page)
    found: list[dict[str, Any]] = []
    tools.on("ServiceWorker.workerRegistrationUpdated", lambda said: found.extend(
        each for each in said["registrations"] if not each["isDeleted"]
    ))  # fmt: skip
    tools.send("ServiceWorker.enable")
    leave()
    until(page, SENDS)
    tools.send(
        "ServiceWorker.dispatchSyncEvent",
        {"origin": server.url, "registrationId": found[-1]["registrationId"], "tag": "send", "lastChance": False},
    )


# The worker that brings the sending along takes over once no page of ours is open, and not before.
SENDS = """async () => {
  const found = await navigator.serviceWorker.getRegistration('/p/');
  const active = found && !found.waiting && found.active;
  return active && active.scriptURL.endsWith('send=1') && active.state === 'activated';
}"""
OPEN = """
  const asked = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result) });
  const database = await asked(indexedDB.open('farline'));
  const rows = await asked(database.transaction('d').objectStore('d').getAll());
  database.close();"""
ANSWER = """async () => {%s
  for (const row of rows.filter((each) => each.key)) {
    const bytes = await crypto.subtle.decrypt({name: 'AES-GCM', iv: row.iv}, row.key, row.box).catch(() => null);
    const draft = bytes && JSON.parse(new TextDecoder().decode(bytes));
    if (draft && draft.answers && JSON.stringify(draft.answers[%s]) === %s) return true;
  }
}"""


def until_kept(page: Page, question: str, answer: object) -> None:
    """Until the answer lies on the phone: what is seen on the page may be ahead of it, by less than a second."""
    until(page, ANSWER % (OPEN, json.dumps(question), json.dumps(json.dumps(answer))))


def until_nothing_waits(page: Page) -> None:
    """Until nothing on this phone is still to be sent."""
    until(page, f"async () => {{{OPEN} return !rows.some((row) => row.isQueued) }}")


KEPT = f"""async () => {{{OPEN}
  return rows.map((row) => [new TextDecoder().decode(row.box), row.key.extractable]);
}}"""


def kept_on(page: Page) -> list[list[object]]:
    """What lies in the phone's database: the box as text, and whether its key could leave the browser."""
    return page.evaluate(KEPT)


def _farline() -> str:
    return str(Path(sys.executable).parent / "farline")

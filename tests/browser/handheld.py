"""A newcomer's hands: on a simulated phone, on the page behind a link, at the desk."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

PATIENCE_S = 60


def until(look: Callable[[], bool], *, page: Page) -> None:
    """Reload until it is so; a newcomer waits no longer than this."""
    deadline = time.monotonic() + PATIENCE_S
    while not look():
        assert time.monotonic() < deadline, page.locator("main").inner_text()[-1500:]
        page.wait_for_timeout(300)
        page.reload()


@dataclass
class Phone:
    """One patient's phone in the simulator."""

    page: Page
    url: str

    @classmethod
    def of(cls, page: Page, demo_url: str, name: str) -> Phone:
        page.goto(f"{demo_url}/simulator/?q={name}")
        page.locator("ul.people a").first.click()
        return cls(page, page.url)

    @property
    def texts(self) -> list[str]:
        return self.page.locator(".thread .theirs p").all_inner_texts()

    @property
    def last(self) -> str:
        return self.texts[-1]

    @property
    def birth_date(self) -> list[str]:
        found = re.search(r"\d{4}-\d\d-\d\d", self.page.locator(".facts").first.inner_text())
        assert found
        return found[0].split("-")

    def show(self) -> Phone:
        self.page.goto(self.url)
        return self

    def push_to_next_step(self) -> None:
        """Push the clock to this patient's next step and wait for what comes of it."""
        seen = len(self.texts)
        self.page.locator("button[name=step][value=theirs]").click()
        until(lambda: len(self.texts) > seen, page=self.page)

    def await_clock(self) -> None:
        """The clock arrives where it was pushed, and says so without a reload."""
        self.page.wait_for_function("() => !document.querySelector('.clock .moving')", timeout=PATIENCE_S * 1000)

    def write(self, text: str, expects: str) -> str:
        """Write a text and wait for a reply that holds `expects`."""
        seen = len(self.texts)
        self.page.fill("#text", text)
        self.page.locator(".write button").click()
        until(lambda: len(self.texts) > seen and expects in "\n".join(self.texts[seen:]), page=self.page)
        return self.last

    def be_sent(self, form: str, channel: str) -> None:
        self.page.select_option("#form-name", form)
        self.page.select_option("#form-channel", channel)
        self.page.locator("form[action$='/send'] button").click()

    def await_text(self, expects: str) -> str:
        until(lambda: any(expects in text for text in self.texts), page=self.page)
        return next(text for text in reversed(self.texts) if expects in text)

    @property
    def heard(self) -> str:
        return " ".join(self.page.locator(".call .voice").all_inner_texts())

    def pick_up(self) -> None:
        until(lambda: self.page.locator(".call button.yes").count() == 1, page=self.page)
        self.page.locator(".call button.yes").click()

    def press(self, key: str) -> None:
        """One of the twelve keys."""
        assert self.page.locator(".call .keys button").count() == 12
        self.page.locator(f".call .keys button[value='{key}']").click()

    @property
    def is_on_a_call(self) -> bool:
        self.page.wait_for_load_state()  # half a page shows no call either
        return self.page.locator(".call").count() == 1


def open_link(page: Page, url: str, birth_date: list[str]) -> None:
    """Open the page behind a link and say who we are."""
    page.goto(url)
    for part, value in zip("ymd", birth_date, strict=True):
        page.fill(f"[name='birth.{part}']", value)
    with page.expect_navigation():
        page.locator("form button").click()


def answer_everything(page: Page) -> None:
    """The first option of every choice, something in every field, then send; again when something is missing."""
    for _ in range(4):
        for name in dict.fromkeys(page.eval_on_selector_all("input[type=radio]", "all => all.map(one => one.name)")):
            first = page.locator(f"input[type=radio][name='{name}']").first
            if first.is_visible():
                first.check()
        for field in page.locator("input.i:visible, textarea:visible").all():
            if not field.input_value():
                field.fill(_words_for(field.get_attribute("name") or ""))
        page.locator("button[name=finish]").click()
        page.locator(".code, .box:focus").first.wait_for()
        if page.locator(".code").count():
            return
    raise AssertionError(page.locator("main").inner_text())


def _words_for(name: str) -> str:
    part = name.rpartition(".")[2]
    return {"y": "1980", "m": "3", "d": "4", "h": "9", "min": "30"}.get(part, "2")


def shoot(page: Page, folder: Path, name: str) -> None:
    """A picture at 360 px and one on a desktop, once all of the page is there; nothing sticks out sideways."""
    page.wait_for_load_state()
    for width, height in ((360, 740), (1280, 860)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)
        page.screenshot(path=folder / f"{name}-{width}.png")

"""Waiting for what a page will come to. Playwright's own `wait_for_function` takes a promise for a yes, whatever it
resolves to; here it is waited for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

PATIENCE_S = 30.0


def until(page: Page, look: str) -> Any:
    """What the function `look` gives once it gives something true; asked again and again."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := page.evaluate(look)):
        assert time.monotonic() < deadline, look
        page.wait_for_timeout(50)
    return found

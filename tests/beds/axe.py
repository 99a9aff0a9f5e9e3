"""What axe finds on a page that has come to rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axe_core_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

AT_REST = """() => Promise.all(
  document.getAnimations()
    .filter((each) => each.effect.getComputedTiming().endTime !== Infinity)
    .map((each) => each.finished.catch(() => null)))"""


def violations(page: Page, *tags: str) -> list[tuple[str, list[str]]]:
    """Each rule broken, with the elements that break it; only the rules of these tags when some are named.

    What fades in is waited for: half faded, its words have no contrast.
    """
    page.wait_for_load_state()
    page.evaluate(AT_REST)
    found = Axe().run(page, options={"runOnly": list(tags)} if tags else None)
    return [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]]

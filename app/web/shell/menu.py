"""The main menu: what this person may open, and where they are."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g, request, url_for

from app.staff.rules import Permission
from app.web.shell.access import access_to
from app.web.shell.here import say

# endpoint -> words; shown when the table of access lets this person in
MENU_SENTENCES = {
    "desk.tickets": "Tickets",
    "desk.messages": "Messages",
    "desk.patients": "Patients",
    "desk.replies": "Saved replies",
    "desk.notices": "Notices",
    "desk.reports": "Reports",
    "staff.people": "Colleagues",
    "desk.settings": "Settings",
    "desk.audit": "Audit",
}


@dataclass(frozen=True)
class Item:
    url: str
    words: str
    is_here: bool


def main_menu() -> list[Item]:
    viewer = g.get("viewer")
    if viewer is None:
        return []
    return [
        Item(url_for(endpoint), say(words), is_here=_section(request.endpoint) == _section(endpoint))
        for endpoint, words in MENU_SENTENCES.items()
        if isinstance(needed := access_to(endpoint), Permission) and viewer.may(needed)
    ]


def _section(endpoint: str | None) -> str:
    """`desk.ticket` and `desk.tickets` are one section."""
    return (endpoint or "").partition("_")[0].rstrip("s")

"""A link that opens nothing any more: how to reach that clinic, and a new link by text for whoever asks."""

from __future__ import annotations

from flask import Response

from app.conversations.renew_link import clinic_behind, renew_link
from app.conversations.visit import say_number
from app.web.patient.languages import asked_language, ways_to_read
from app.web.patient.rendering import page_of
from app.web.patient.who import LONGEST_TOKEN
from app.web.shell.here import ground, locale, now, use_locale


def ended(token: str) -> Response:
    """The same page whatever ended it, with the numbers of the clinic that made the link."""
    return _page(token, is_renewed=False)


def renew(token: str) -> Response:
    """A new link to the phone the clinic knows, when there is one to send. The answer never says which."""
    with ground().database.write() as session:
        renew_link(session, token[:LONGEST_TOKEN], public_url=ground().public_url, now=now())
    ground().wake()
    return _page(token, is_renewed=True)


def _page(token: str, *, is_renewed: bool) -> Response:
    with ground().database.read() as session:
        clinic = clinic_behind(session, token[:LONGEST_TOKEN])
    use_locale(asked_language() or (clinic.locale if clinic else locale()))
    return page_of(
        "ended.html",
        200 if is_renewed else 410,
        phone=clinic.phone if clinic else None,
        sender=clinic.sender if clinic else None,
        say_number=say_number,
        is_renewed=is_renewed,
        ways_to_read=ways_to_read(),
    )

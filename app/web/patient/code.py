"""A short code typed where a link cannot be tapped: read from paper, a letter or over the phone."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from flask import Response, current_app, make_response, redirect, request, url_for

from app.core.errors import TooMany
from app.patients.links import CODE_LETTERS
from app.web.patient.blueprint import blueprint
from app.web.patient.rendering import page_of
from app.web.patient.who import open_link
from app.web.shell.here import machine_now

MISSES_PER_HOUR = 30  # from one address; a clinic's own network may hold a waiting room


@blueprint.get("/c")
@blueprint.get("/p/")
def ask_code() -> Response:
    return page_of("code.html", wrong=False)


@blueprint.post("/c")
@blueprint.post("/p/")
def take_code() -> Response:
    """To the page behind the code, which asks who it is as behind any link. Wrong codes are counted."""
    whence = (request.remote_addr or "", machine_now().replace(minute=0, second=0, microsecond=0))
    if _misses()[whence] >= MISSES_PER_HOUR:
        raise TooMany
    typed = "".join(letter for letter in request.form.get("code", "").upper()[:20] if letter.isalnum())
    if len(typed) != CODE_LETTERS or open_link(typed) is None:
        _count_miss(whence)
        return page_of("code.html", 422, wrong=True)
    return make_response(redirect(url_for(".page", token=typed), code=303))


def _count_miss(whence: tuple[str, datetime]) -> None:
    misses = _misses()
    for old in [each for each in misses if each[1] < whence[1]]:
        del misses[old]
    misses[whence] += 1


def _misses() -> Counter[tuple[str, datetime]]:
    """Wrong codes by address and hour, of this server; kept with the application, so each has its own."""
    counted: Counter[tuple[str, datetime]] = current_app.extensions.setdefault("farline-wrong-codes", Counter())
    return counted

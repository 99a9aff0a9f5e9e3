"""Browsers that fetch and draw pages on somebody else's computers: such a computer would read what a patient writes.

Opera Mini's extreme mode names itself so, e.g. `Opera/9.80 (Android; Opera Mini/36.2/119.132; U; id) Presto/2.12`, and
its proxy adds headers of its own (dev.opera.com). UC Browser's "speed mode" sends `UCWEB/2.0 (...)`. Their other modes
do not go through a proxy and name themselves otherwise.
"""

from __future__ import annotations

from flask import Response, request

from app.conversations.renew_link import clinic_behind
from app.conversations.visit import say_number
from app.web.patient.blueprint import blueprint
from app.web.patient.languages import asked_language, ways_to_read
from app.web.patient.rendering import page_of
from app.web.patient.who import LONGEST_TOKEN
from app.web.shell.here import ground, locale, use_locale

NAMES = ("Opera Mini/", "UCWEB/")
HEADERS = ("X-OperaMini-Phone-UA", "X-OperaMini-Features")


@blueprint.before_request
def keep_from_proxies() -> Response | None:
    """A page without a word of health, that offers other ways; whatever was asked or sent is left unread."""
    if not is_proxied():
        return None
    token = (request.view_args or {}).get("token")
    with ground().database.read() as session:
        clinic = clinic_behind(session, token[:LONGEST_TOKEN]) if token else None
    use_locale(asked_language() or (clinic.locale if clinic else locale()))
    return page_of(
        "elsewhere.html",
        phone=clinic.phone if clinic else None,
        sender=clinic.sender if clinic else None,
        say_number=say_number,
        ways_to_read=ways_to_read(),
    )


def is_proxied() -> bool:
    name = request.headers.get("User-Agent", "")
    return any(each in name for each in NAMES) or any(each in request.headers for each in HEADERS)

"""Who opens the page: the link found, the date of birth asked, the browser remembered for this link alone."""

from __future__ import annotations

from flask import Response, request, url_for

from app.core.errors import SignInNeeded
from app.patients.links import find_link, link_of_cookie, paused_until, prove_birth_date
from app.patients.models import Link
from app.patients.rules import LinkProblem
from app.web.patient.rendering import page_of
from app.web.shell.here import ground, now, use_locale
from app.web.shell.session import is_secure

COOKIE = "open"
SESSION_S = 12 * 3600
LONGEST_TOKEN = 80


def open_link(token: str) -> Link | None:
    """The link while it is good; from here on the request speaks its language."""
    with ground().database.read() as session:
        link = find_link(session, token[:LONGEST_TOKEN], now())
    if isinstance(link, LinkProblem):
        return None
    use_locale(link.locale)
    return link


def has_proved(link: Link) -> bool:
    cookie = request.cookies.get(COOKIE, "")
    if not cookie:
        return False
    with ground().database.read() as session:
        proved = link_of_cookie(session, cookie, now())
    return proved is not None and proved.id == link.id


def require_proof(link: Link) -> None:
    """For the script on the phone, which asks the patient itself."""
    if not has_proved(link):
        raise SignInNeeded


def ask_who(*, wrong: bool = False, paused: bool = False) -> Response:
    return page_of("who.html", 429 if paused else 422 if wrong else 200, wrong=wrong, paused=paused)


def prove(link: Link) -> tuple[str | None, bool]:
    """The cookie for whoever typed the right date, else None; and whether no try is heard for a while."""
    typed = " ".join(request.form.get(f"birth.{part}", "")[:20] for part in ("y", "m", "d"))
    with ground().database.write() as session:
        kept = session.get_one(Link, link.id)
        cookie = prove_birth_date(session, kept, typed, now())
        return cookie, paused_until(kept, now()) is not None


def remember(response: Response, cookie: str, token: str) -> Response:
    """One cookie, sent back to this page only, unreadable to scripts."""
    path = url_for("patient.page", token=token)
    response.set_cookie(
        COOKIE, cookie, max_age=SESSION_S, path=path, secure=is_secure(), httponly=True, samesite="Lax"
    )  # fmt: skip
    return response

"""Who opens the page: the link found, a date of birth or PIN asked, the browser remembered for this link alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, g, request, url_for
from sqlalchemy.orm import Session
from werkzeug.http import dump_cookie

from app.core.errors import SignInNeeded
from app.core.passkeys import site_of
from app.patients.links import Opened, Proof, asked_for, find_link, link_of_cookie, paused_until
from app.patients.links import prove as prove_to_link
from app.patients.models import Link
from app.patients.passkeys import keys_of_link
from app.patients.rules import LinkProblem, Tried
from app.patients.tries import give_back_try, network_of, take_try
from app.web.patient.languages import asked_language, ways_to_read
from app.web.patient.rendering import page_of
from app.web.shell.here import ground, machine_now, now, use_locale
from app.web.shell.session import is_secure

COOKIE = "open"
SESSION_S = 12 * 3600
LONGEST_TOKEN = 80
LONGEST_TYPED = 20
PROVING = frozenset({"birth.y", "pin"})  # fields of the question; no form's question is named so


def open_link(token: str) -> Link | None:
    """The link while it is good; from here on the request speaks its language, or the one just asked for."""
    with ground().database.read() as session:
        link = find_link(session, token[:LONGEST_TOKEN], now())
    if isinstance(link, LinkProblem):
        return None
    use_locale(asked_language() or link.locale)
    return link


def has_proved(link: Link) -> bool:
    cookie = own_cookie()
    if not cookie:
        return False
    with ground().database.read() as session:
        proved = link_of_cookie(session, cookie, now())
    return proved is not None and proved.id == link.id


def own_cookie() -> str:
    return request.cookies.get(COOKIE, "")


def require_proof(link: Link) -> None:
    """For the script on the phone, which asks the patient itself."""
    if not has_proved(link):
        raise SignInNeeded


def is_proving() -> bool:
    """Whether this post answers the question who it is."""
    return bool(PROVING & set(request.form))


def ask_who(link: Link, token: str, *, to: str = "", wrong: bool = False, paused: bool = False) -> Response:
    """The question, in words that tell nothing of the clinic or of what is behind it."""
    with ground().database.read() as session:
        asked = asked_for(session, link)
        has_key = site_of(ground().public_url).is_possible and bool(keys_of_link(session, link))
    status = 429 if paused else 422 if wrong else 200
    tag = asked_language()
    here = "" if request.endpoint == "patient.page" else url_for("patient.page", token=token)
    action = f"{here}?lang={tag}" if tag else here or "?"
    return page_of(
        "who.html", status, asked=asked, wrong=wrong, paused=paused, ways_to_read=ways_to_read(), action=action, to=to,
        token=token, has_key=has_key, lang=tag,
    )  # fmt: skip


@dataclass(frozen=True)
class Proving:
    """What came of a try: the page opened, or none, and whether no try is heard for a while."""

    opened: Opened | None
    is_paused: bool = False


def prove(link: Link) -> Proving:
    """Take what was typed."""
    return counted(
        link, lambda session, kept: prove_to_link(session, kept, _typed(), now=now(), request_id=g.get("request_id"))
    )


def counted(link: Link, try_it: Callable[[Session, Link], Opened | None]) -> Proving:
    """One try at a link. Wrong ones are counted by patient and by where they come from; typed ones by link too."""
    with ground().database.write() as session:
        counts = [(Tried.PROOF, network_of(request.remote_addr)), (Tried.PERSON, str(link.patient_id))]
        if not all(take_try(session, what, whence, machine_now()) for what, whence in counts):
            return Proving(None, is_paused=True)
        kept = session.get_one(Link, link.id)
        opened = try_it(session, kept)
        if opened is None:
            return Proving(None, is_paused=paused_until(kept, now()) is not None)
        for what, whence in counts:
            give_back_try(session, what, whence, machine_now())
        session.expunge(opened.link)
        return Proving(opened)


def remember(response: Response, cookie: str, token: str) -> Response:
    """One cookie, sent back to this page only, unreadable to scripts."""
    path = url_for("patient.page", token=token)
    said = dump_cookie(
        COOKIE, cookie, max_age=SESSION_S, sync_expires=False, path=path, secure=is_secure(), httponly=True,
        samesite="Lax",
    )  # fmt: skip
    response.headers.add("Set-Cookie", said)
    return response


def _typed() -> Proof:
    birth_date = " ".join(request.form.get(f"birth.{part}", "")[:LONGEST_TYPED] for part in ("y", "m", "d"))
    return Proof(birth_date=birth_date, pin=request.form.get("pin", "")[:LONGEST_TYPED])

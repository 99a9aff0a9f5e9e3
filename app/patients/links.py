"""Links to a patient's page: made, found, proved, revoked.

Neither token nor code is kept, only what recognises them. Until the date of birth or PIN is given, a link tells nothing
but its language: no name, no form, not even whether it ever existed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.audit import Actor, record_audit
from app.core.ids import hash_token, new_code, new_token
from app.core.sealed import keyring
from app.patients.birth_dates import birth_dates_in
from app.patients.models import Link, LinkSession, Patient, PushSubscription
from app.patients.pins import is_pin
from app.patients.rules import LinkProblem, PatientStatus, is_worn_out, may_be_contacted, pause_after

LASTS = timedelta(days=14)
SESSION_LASTS = timedelta(hours=12)
CODE_LETTERS = 8


@dataclass(frozen=True)
class NewLink:
    """`token` (160 bits) rides in the URL, `code` can be typed instead; both are shown here and never again."""

    link: Link
    token: str
    code: str


@dataclass(frozen=True)
class Asked:
    """What opens a link: the date of birth, the PIN, or on a shared phone both."""

    birth_date: bool
    pin: bool


@dataclass(frozen=True)
class Proof:
    """What was typed. Never kept."""

    birth_date: str = ""
    pin: str = ""


@dataclass(frozen=True)
class Opened:
    """`cookie` remembers the browser for `link`. `token` is that of a link made just now, for the one of several
    people on a phone who opened it."""

    link: Link
    cookie: str
    token: str | None = None


def create_link(
    session: Session,
    patient: Patient,
    *,
    purpose: str,
    response_id: int | None,
    locale: str,
    now: datetime,
    lasts: timedelta = LASTS,
    also: Sequence[int] = (),
) -> NewLink:
    """A link for one patient and one purpose ("response" or "home"). `also`: others on the same phone who may open
    their own home with it, told apart by what they type."""
    token, code = new_token(), new_code(CODE_LETTERS)
    link = Link(
        clinic_id=patient.clinic_id, patient_id=patient.id, token_hash=hash_token(token), code_hash=_code_index(code),
        purpose=purpose, response_id=response_id, locale=locale, created_at=now, expires_at=now + lasts,
        details={"also": list(also)} if also else {},
    )  # fmt: skip
    session.add(link)
    session.flush()
    return NewLink(link, token, code)


def find_link(session: Session, token_or_code: str, now: datetime) -> Link | LinkProblem:
    """The link, or why there is none. Opening it changes nothing: previews of the address open it too."""
    link = link_behind(session, token_or_code)
    return LinkProblem.UNKNOWN if link is None else _problem(session, link, now) or link


def link_behind(session: Session, token_or_code: str) -> Link | None:
    """The link of this token or code, ended or not. It opens nothing by itself."""
    wanted = Link.token_hash == hash_token(token_or_code.strip())
    typed = _tidy(token_or_code)
    if len(typed) == CODE_LETTERS:
        wanted |= Link.code_hash == _code_index(typed)
    return session.scalars(select(Link).where(wanted)).first()


def people_behind(session: Session, link: Link) -> list[Patient]:
    """Whose pages the link may open: its patient, and those who share the phone it was sent to."""
    ids = [link.patient_id, *link.details.get("also", [])]
    wanted = select(Patient).where(Patient.id.in_(ids), Patient.clinic_id == link.clinic_id)
    return [each for each in session.scalars(wanted.order_by(Patient.id)) if _is_reachable(each)]


def asked_for(session: Session, link: Link) -> Asked:
    """What whoever opens the link is to say. On a shared phone the date of birth tells who it is."""
    people = people_behind(session, link)
    has_pin = any(each.pin_hash for each in people)
    return Asked(birth_date=not has_pin or len(people) > 1, pin=has_pin)


def prove(session: Session, link: Link, proof: Proof, *, now: datetime, request_id: str | None = None) -> Opened | None:
    """The cookie of a browser whose holder said what only one of the people behind the link knows, else None.

    Wrong tries are counted in the link: after five it pauses for 15 minutes, after twenty it is revoked. While it
    pauses nothing is compared, so a right date is refused too; `paused_until` tells the page what to say.
    """
    session.refresh(link, with_for_update=True)
    if link.revoked_at is not None or paused_until(link, now) is not None:
        return None
    people = people_behind(session, link)
    meant = [each for each in people if _is_said(each, proof, is_alone=len(people) == 1)]
    if len(meant) != 1:
        _count_failure(link, now)
        _record(session, "refused", link, link.patient_id, now=now, request_id=request_id)
        session.flush()
        return None
    link.failed_checks, link.last_opened_at = 0, now
    link.details = {name: kept for name, kept in link.details.items() if name != "paused_until"}
    return _open(session, link, meant[0], now=now, request_id=request_id)


def open_session(
    session: Session, link: Link, *, token: str | None, now: datetime, request_id: str | None,
    passkey_id: int | None = None,
) -> Opened:  # fmt: skip
    """This browser is known for the link from now on. `passkey_id`: by what, when nothing was typed."""
    cookie = new_token()
    session.add(
        LinkSession(link_id=link.id, cookie_hash=hash_token(cookie), created_at=now, expires_at=now + SESSION_LASTS)
    )
    by = {"passkey": passkey_id} if passkey_id is not None else {}
    _record(session, "signed_in", link, link.patient_id, now=now, request_id=request_id, **by)
    session.flush()
    return Opened(link, cookie, token)


def paused_until(link: Link, now: datetime) -> datetime | None:
    """Until when no try is heard, or None."""
    written = link.details.get("paused_until")
    moment = datetime.fromisoformat(written) if written else None
    return moment if moment is not None and moment > now else None


def link_of_cookie(session: Session, cookie: str, now: datetime) -> Link | None:
    """The link this browser has proved, while both the proof and the link last."""
    link = session.scalars(
        select(Link)
        .join(LinkSession, LinkSession.link_id == Link.id)
        .where(LinkSession.cookie_hash == hash_token(cookie), LinkSession.expires_at > now)
    ).first()
    return None if link is None or _problem(session, link, now) else link


def revoke(session: Session, link: Link, now: datetime) -> None:
    """Close the link for good, in every browser."""
    link.revoked_at = link.revoked_at or now
    session.execute(update(LinkSession).where(LinkSession.link_id == link.id).values(expires_at=now))


def revoke_links_of(session: Session, patient_id: int, now: datetime) -> None:
    """Close all links of a patient whose chart was merged, but the one a phone keeps that is told what waits: a merged
    chart opens nothing, and that link goes along to the chart that stays (follow_chart.py)."""
    kept = select(PushSubscription.link_id).where(PushSubscription.patient_id == patient_id)
    wanted = select(Link).where(Link.patient_id == patient_id, Link.revoked_at.is_(None), Link.id.not_in(kept))
    for link in session.scalars(wanted):
        revoke(session, link, now)


def end_sessions_of(session: Session, patient_id: int, now: datetime, *, but: str | None = None) -> None:
    """Every browser has to say again who it is, except the one with this cookie."""
    theirs = select(Link.id).where(Link.patient_id == patient_id)
    ended = update(LinkSession).where(LinkSession.link_id.in_(theirs), LinkSession.expires_at > now)
    if but is not None:
        ended = ended.where(LinkSession.cookie_hash != hash_token(but))
    session.execute(ended.values(expires_at=now))


def _is_said(patient: Patient, proof: Proof, *, is_alone: bool) -> bool:
    """Whether this is the one who typed it. A PIN stands in for the date of birth, where it is known who it is."""
    if patient.pin_hash is not None and not is_pin(patient, proof.pin):
        return False
    if patient.pin_hash is not None and is_alone:
        return True
    return patient.birth_date is not None and patient.birth_date in birth_dates_in(proof.birth_date)


def _open(session: Session, link: Link, patient: Patient, *, now: datetime, request_id: str | None) -> Opened:
    """On a phone that several share, the one who is not the link's own patient gets a link of their own."""
    token = None
    if patient.id != link.patient_id:
        made = create_link(
            session, patient, purpose="home", response_id=None, locale=link.locale, now=now,
            lasts=link.expires_at - now,
        )  # fmt: skip
        link, token = made.link, made.token
    return open_session(session, link, token=token, now=now, request_id=request_id)


def _record(
    session: Session, action: str, link: Link, patient_id: int, *, now: datetime, request_id: str | None, **by: Any
) -> None:
    """Who it was is known only after a right answer: a wrong one is somebody."""
    actor = Actor("patient", patient_id if action == "signed_in" else None, request_id)
    record_audit(
        session, action, "link", link.id, actor=actor, now=now, clinic_id=link.clinic_id, patient_id=patient_id,
        **by,
    )  # fmt: skip


def _is_reachable(patient: Patient) -> bool:
    return may_be_contacted(PatientStatus(patient.status))


def _problem(session: Session, link: Link, now: datetime) -> LinkProblem | None:
    if link.revoked_at is not None:
        return LinkProblem.REVOKED
    if link.expires_at <= now:
        return LinkProblem.EXPIRED
    return None if _is_reachable(session.get_one(Patient, link.patient_id)) else LinkProblem.REVOKED


def _count_failure(link: Link, now: datetime) -> None:
    link.failed_checks += 1
    pause = pause_after(link.failed_checks, now)
    if pause:
        link.details = {**link.details, "paused_until": pause.isoformat()}
    if is_worn_out(link.failed_checks):
        link.revoked_at = now


def _code_index(code: str) -> str:
    """Keyed, because a short code could be guessed back from a plain hash."""
    return keyring().blind_index("link_code", code)


def _tidy(typed: str) -> str:
    return "".join(character for character in typed.upper() if character.isalnum())

"""Links to a patient's page: made, found, proved, revoked.

Neither token nor code is kept, only what recognises them. Until the date of birth is given, a link tells nothing but
its language: no name, no form, not even whether it ever existed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.ids import new_code, new_token
from app.core.sealed import keyring
from app.patients.birth_dates import birth_dates_in
from app.patients.models import Link, LinkSession, Patient
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


def create_link(
    session: Session,
    patient: Patient,
    *,
    purpose: str,
    response_id: int | None,
    locale: str,
    now: datetime,
    lasts: timedelta = LASTS,
) -> NewLink:
    """A link for one patient and one purpose ("response" or "home")."""
    token, code = new_token(), new_code(CODE_LETTERS)
    link = Link(
        clinic_id=patient.clinic_id, patient_id=patient.id, token_hash=_hash(token), code_hash=_code_index(code),
        purpose=purpose, response_id=response_id, locale=locale, created_at=now, expires_at=now + lasts,
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
    wanted = Link.token_hash == _hash(token_or_code.strip())
    typed = _tidy(token_or_code)
    if len(typed) == CODE_LETTERS:
        wanted |= Link.code_hash == _code_index(typed)
    return session.scalars(select(Link).where(wanted)).first()


def prove_birth_date(session: Session, link: Link, typed: str, now: datetime) -> str | None:
    """The cookie of a browser whose holder knows the patient's date of birth, else None.

    Wrong tries are counted in the link: after five it pauses for 15 minutes, after twenty it is revoked. While it
    pauses nothing is compared, so a right date is refused too; `paused_until` tells the page what to say.
    """
    session.refresh(link, with_for_update=True)
    if link.revoked_at is not None or paused_until(link, now) is not None:
        return None
    known = session.get_one(Patient, link.patient_id).birth_date
    if known is None or known not in birth_dates_in(typed):
        _count_failure(link, now)
        session.flush()
        return None
    cookie = new_token()
    session.add(LinkSession(link_id=link.id, cookie_hash=_hash(cookie), created_at=now, expires_at=now + SESSION_LASTS))
    link.failed_checks, link.last_opened_at, link.details = 0, now, {}
    session.flush()
    return cookie


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
        .where(LinkSession.cookie_hash == _hash(cookie), LinkSession.expires_at > now)
    ).first()
    return None if link is None or _problem(session, link, now) else link


def revoke(session: Session, link: Link, now: datetime) -> None:
    """Close the link for good, in every browser."""
    link.revoked_at = link.revoked_at or now
    session.execute(update(LinkSession).where(LinkSession.link_id == link.id).values(expires_at=now))


def revoke_links_of(session: Session, patient_id: int, now: datetime) -> None:
    """Close all links of a patient: the chart was merged, the number was somebody else's."""
    for link in session.scalars(select(Link).where(Link.patient_id == patient_id, Link.revoked_at.is_(None))):
        revoke(session, link, now)


def _problem(session: Session, link: Link, now: datetime) -> LinkProblem | None:
    if link.revoked_at is not None:
        return LinkProblem.REVOKED
    if link.expires_at <= now:
        return LinkProblem.EXPIRED
    patient = session.get_one(Patient, link.patient_id)
    return None if may_be_contacted(PatientStatus(patient.status)) else LinkProblem.REVOKED


def _count_failure(link: Link, now: datetime) -> None:
    link.failed_checks += 1
    pause = pause_after(link.failed_checks, now)
    if pause:
        link.details = {**link.details, "paused_until": pause.isoformat()}
    if is_worn_out(link.failed_checks):
        link.revoked_at = now


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _code_index(code: str) -> str:
    """Keyed, because a short code could be guessed back from a plain hash."""
    return keyring().blind_index("link_code", code)


def _tidy(typed: str) -> str:
    return "".join(character for character in typed.upper() if character.isalnum())

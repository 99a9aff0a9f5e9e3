"""Signing in and out: one-time links and passkeys become a server-side session, known to the browser by a cookie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.core.audit import Actor, record_audit
from app.core.ids import hash_token, new_token
from app.core.models import Clinic
from app.staff.models import StaffAccount, StaffSession
from app.staff.rules import ABSOLUTE_LIMIT, Permission, Role, is_fresh, is_session_over, permissions_of
from app.staff.store import invitation_of, roles_of, session_of, spend_invitation

SEEN_EVERY = timedelta(seconds=30)  # how often the idle clock is written down


@dataclass(frozen=True)
class Viewer:
    """The staff member whose browser asks."""

    staff_id: int
    clinic_id: int
    clinic_name: str
    zone: str
    name: str
    login: str
    locale: str
    roles: frozenset[Role]
    permissions: frozenset[Permission]
    session_id: int
    csrf: str
    is_fresh: bool
    has_shortcuts: bool
    queue_ids: frozenset[int] | None  # the queues this person works in; None: all

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    @property
    def actor(self) -> Actor:
        return Actor("staff", self.staff_id)


@dataclass(frozen=True)
class SignedIn:
    """`cookie` goes to the browser and is kept nowhere else."""

    account: StaffAccount
    cookie: str


def account_invited(session: Session, token: str, machine_now: datetime) -> StaffAccount | None:
    """Whose invitation this is, when it can still be used. Looking uses nothing up."""
    invitation = invitation_of(session, token)
    if invitation is None or invitation.used_at is not None or invitation.expires_at <= machine_now:
        return None
    account = session.get_one(StaffAccount, invitation.staff_id)
    return None if account.disabled_at else account


def sign_in_by_invitation(
    session: Session, token: str, *, now: datetime, machine_now: datetime, browser: str | None
) -> SignedIn | None:
    """A session for the invited person; None when the link is unknown, used or over. Works once."""
    account, invitation = account_invited(session, token, machine_now), invitation_of(session, token)
    if account is None or invitation is None or not spend_invitation(session, invitation, machine_now):
        return None
    return open_session(session, account, now=now, machine_now=machine_now, browser=browser, by="invitation")


def open_session(
    session: Session, account: StaffAccount, *, now: datetime, machine_now: datetime, browser: str | None, by: str
) -> SignedIn:
    """A fresh session with a cookie of its own: never one that existed before the sign-in."""
    cookie = new_token()
    opened = StaffSession(
        staff_id=account.id,
        cookie_hash=hash_token(cookie),
        csrf=new_token(),
        created_at=machine_now,
        seen_at=machine_now,
        expires_at=machine_now + ABSOLUTE_LIMIT,
        reauthenticated_at=machine_now,
        browser=(browser or "")[:200] or None,
    )
    session.add(opened)
    record_audit(
        session, "signed_in", "staff_session", opened.id, clinic_id=account.clinic_id, now=now,
        actor=Actor("staff", account.id), by=by,
    )  # fmt: skip
    return SignedIn(account=account, cookie=cookie)


def find_viewer(session: Session, cookie: str, machine_now: datetime) -> Viewer | None:
    """Who this cookie is, or None when the session ended or the account was disabled."""
    found = session_of(session, cookie)
    if found is None:
        return None
    staff_session, account = found
    is_over = is_session_over(
        seen_at=staff_session.seen_at,
        expires_at=staff_session.expires_at,
        revoked_at=staff_session.revoked_at,
        machine_now=machine_now,
    )
    if is_over or account.disabled_at is not None:
        return None
    queues = account.settings.get("queues")
    roles, clinic = roles_of(session, account.id), session.get_one(Clinic, account.clinic_id)
    return Viewer(
        staff_id=account.id,
        clinic_id=account.clinic_id,
        clinic_name=clinic.name,
        zone=clinic.zone,
        name=account.name,
        login=account.login,
        locale=account.locale,
        roles=roles,
        permissions=permissions_of(roles),
        session_id=staff_session.id,
        csrf=staff_session.csrf,
        is_fresh=is_fresh(staff_session.reauthenticated_at, machine_now),
        has_shortcuts=account.settings.get("shortcuts", True),
        queue_ids=None if queues is None else frozenset(queues),
    )


def needs_seeing(session: Session, viewer: Viewer, machine_now: datetime) -> bool:
    """Whether the idle clock is due to be written down again."""
    return machine_now - session.get_one(StaffSession, viewer.session_id).seen_at >= SEEN_EVERY


def see_session(session: Session, viewer: Viewer, machine_now: datetime) -> None:
    """The person did something: the idle clock starts again."""
    session.get_one(StaffSession, viewer.session_id).seen_at = machine_now


def sign_out(session: Session, viewer: Viewer, *, now: datetime, machine_now: datetime) -> None:
    session.get_one(StaffSession, viewer.session_id).revoked_at = machine_now
    record_audit(
        session,
        "signed_out",
        "staff_session",
        viewer.session_id,
        actor=viewer.actor,
        now=now,
        clinic_id=viewer.clinic_id,
    )

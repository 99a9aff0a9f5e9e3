"""Inviting a colleague: an account when there is none, the roles, and a one-time sign-in link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.core.audit import Actor, record_audit
from app.core.ids import hash_token, new_token
from app.core.models import Clinic
from app.staff.models import Invitation, StaffAccount
from app.staff.rules import CLINICAL_SKILL, INVITATION_LASTS, Role
from app.staff.store import account_named, grant_role


@dataclass(frozen=True)
class Colleague:
    """Whom to invite. Name and language matter only when the account is new."""

    login: str
    roles: tuple[Role, ...]
    name: str | None = None
    locale: str | None = None


@dataclass(frozen=True)
class Invited:
    """`token` is shown once, in the link; nobody can read it back later."""

    account: StaffAccount
    token: str
    expires_at: datetime


def invite_staff(
    session: Session, clinic: Clinic, colleague: Colleague, *, actor: Actor, now: datetime, machine_now: datetime
) -> Invited:
    """A new link for the colleague; earlier unused links of the same person stay valid until they end."""
    account = account_named(session, clinic.id, colleague.login) or _make_account(session, clinic, colleague, now)
    account.disabled_at = None
    for role in colleague.roles:
        grant_role(session, account.id, role=role, now=now)
    token, expires_at = new_token(), machine_now + INVITATION_LASTS
    session.add(
        Invitation(staff_id=account.id, token_hash=hash_token(token), created_at=machine_now, expires_at=expires_at)
    )
    record_audit(
        session, "invited", "staff_account", account.id, actor=actor, now=now, clinic_id=clinic.id,
        roles=sorted(role.value for role in colleague.roles),
    )  # fmt: skip
    return Invited(account=account, token=token, expires_at=expires_at)


def _make_account(session: Session, clinic: Clinic, colleague: Colleague, now: datetime) -> StaffAccount:
    locale = colleague.locale or clinic.locale
    account = StaffAccount(
        clinic_id=clinic.id,
        login=colleague.login,
        name=colleague.name or colleague.login,
        locale=locale,
        languages={locale: "converse"},
        skills=[CLINICAL_SKILL] if Role.CLINICIAN in colleague.roles else [],
        created_at=now,
    )
    session.add(account)
    session.flush()
    return account

"""All SQL of staff accounts, their roles, invitations and sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from app.core.ids import hash_token
from app.staff.models import Invitation, StaffAccount, StaffRole, StaffSession
from app.staff.rules import Role


def account_named(session: Session, clinic_id: int, login: str) -> StaffAccount | None:
    return session.scalars(
        select(StaffAccount).where(StaffAccount.clinic_id == clinic_id, StaffAccount.login == login)
    ).first()


def accounts_of(session: Session, clinic_id: int) -> list[StaffAccount]:
    wanted = select(StaffAccount).where(StaffAccount.clinic_id == clinic_id)
    return list(session.scalars(wanted.order_by(StaffAccount.login)))


def roles_of(session: Session, staff_id: int) -> frozenset[Role]:
    return frozenset(
        Role(role) for role in session.scalars(select(StaffRole.role).where(StaffRole.staff_id == staff_id))
    )


def grant_role(session: Session, staff_id: int, *, role: Role, now: datetime) -> bool:
    """Whether it was new."""
    if role in roles_of(session, staff_id):
        return False
    session.add(StaffRole(staff_id=staff_id, role=role, granted_at=now))
    return True


def invitation_of(session: Session, token: str) -> Invitation | None:
    return session.scalars(select(Invitation).where(Invitation.token_hash == hash_token(token))).first()


def spend_invitation(session: Session, invitation: Invitation, machine_now: datetime) -> bool:
    """Mark it used; of two at once only one gets True."""
    return _updated(
        session,
        update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.used_at.is_(None), Invitation.expires_at > machine_now)
        .values(used_at=machine_now),
    )


def session_of(session: Session, cookie: str) -> tuple[StaffSession, StaffAccount] | None:
    wanted = (
        select(StaffSession, StaffAccount)
        .join(StaffAccount, StaffAccount.id == StaffSession.staff_id)
        .where(StaffSession.cookie_hash == hash_token(cookie))
    )
    row = session.execute(wanted).first()
    return None if row is None else (row[0], row[1])


def sessions_of(session: Session, staff_id: int, machine_now: datetime) -> list[StaffSession]:
    wanted = select(StaffSession).where(
        StaffSession.staff_id == staff_id, StaffSession.revoked_at.is_(None), StaffSession.expires_at > machine_now
    )
    return list(session.scalars(wanted.order_by(StaffSession.seen_at.desc())))


def revoke_sessions(session: Session, staff_id: int, *, machine_now: datetime, only: int | None = None) -> int:
    """End one session of this person, or all of them; returns how many were still alive."""
    wanted = update(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.revoked_at.is_(None))
    if only is not None:
        wanted = wanted.where(StaffSession.id == only)
    changed = session.execute(wanted.values(revoked_at=machine_now))
    assert isinstance(changed, CursorResult)
    return changed.rowcount


def _updated(session: Session, statement: Any) -> bool:
    changed = session.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(changed, CursorResult)
    return changed.rowcount == 1

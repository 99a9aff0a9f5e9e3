"""A colleague who lost every passkey and code: one administrator asks, another allows, and a new link is made."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core.audit import Actor, record_audit
from app.core.errors import Conflict, NotAllowed, NotFound
from app.core.models import Clinic
from app.staff.invite_staff import Colleague, Invited, invite_staff
from app.staff.models import Passkey, Recovery, StaffAccount
from app.staff.store import revoke_sessions

_NOT_BOTH_SENTENCE = "Two administrators are needed: whoever asked cannot allow it too."
_NOT_SELF_SENTENCE = "Nobody allows their own recovery."


def ask_recovery(session: Session, staff_id: int, *, by_id: int, now: datetime) -> Recovery:
    """The standing request for this person, made when there is none."""
    account = session.get(StaffAccount, staff_id)
    if account is None:
        raise NotFound
    standing = session.scalars(
        select(Recovery).where(Recovery.staff_id == staff_id, Recovery.allowed_at.is_(None))
    ).first()
    if standing:
        return standing
    asked = Recovery(clinic_id=account.clinic_id, staff_id=staff_id, asked_by_id=by_id, asked_at=now)
    session.add(asked)
    record_audit(
        session,
        "asked_recovery",
        "staff_account",
        staff_id,
        actor=Actor("staff", by_id),
        now=now,
        clinic_id=account.clinic_id,
    )
    return asked


def allow_recovery(session: Session, recovery_id: int, *, by_id: int, now: datetime, machine_now: datetime) -> Invited:
    """By another administrator: the old passkeys and sessions end, and a one-time link is made."""
    asked = session.get(Recovery, recovery_id)
    if asked is None:
        raise NotFound
    if asked.allowed_at is not None:
        raise Conflict
    if by_id == asked.asked_by_id:
        raise NotAllowed(_NOT_BOTH_SENTENCE)
    if by_id == asked.staff_id:
        raise NotAllowed(_NOT_SELF_SENTENCE)
    asked.allowed_by_id, asked.allowed_at = by_id, now
    account, actor = session.get_one(StaffAccount, asked.staff_id), Actor("staff", by_id)
    session.execute(delete(Passkey).where(Passkey.staff_id == account.id))
    revoke_sessions(session, account.id, machine_now=machine_now)
    record_audit(
        session, "allowed_recovery", "staff_account", account.id, actor=actor, now=now, clinic_id=account.clinic_id,
        asked_by=asked.asked_by_id,
    )  # fmt: skip
    clinic = session.get_one(Clinic, account.clinic_id)
    return invite_staff(session, clinic, Colleague(account.login, ()), actor=actor, now=now, machine_now=machine_now)


def standing_recoveries(session: Session, clinic_id: int) -> dict[int, Recovery]:
    """By the person they are for."""
    wanted = select(Recovery).where(Recovery.clinic_id == clinic_id, Recovery.allowed_at.is_(None))
    return {each.staff_id: each for each in session.scalars(wanted)}

"""Disabling an account: no sign-in and no session any more. Tickets it held come back when their lease runs out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.audit import Actor, record_audit
from app.staff.models import StaffAccount
from app.staff.store import revoke_sessions


def disable_staff(
    session: Session, account: StaffAccount, *, actor: Actor, now: datetime, machine_now: datetime
) -> int:
    """Returns how many sessions ended."""
    account.disabled_at = now
    record_audit(session, "disabled", "staff_account", account.id, actor=actor, now=now, clinic_id=account.clinic_id)
    return revoke_sessions(session, account.id, machine_now=machine_now)

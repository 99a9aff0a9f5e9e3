"""Recovery codes: printed once, each signs in once, for whoever lost every passkey."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from app.core.audit import Actor, record_audit
from app.core.ids import hash_token, new_code
from app.staff.models import RecoveryCode, StaffAccount

HOW_MANY = 8
LETTERS = 28  # of a 20-letter alphabet: 121 bits, so a plain hash is enough and nobody guesses one
GROUP = 4


def make_codes(session: Session, account: StaffAccount, *, now: datetime) -> list[str]:
    """New codes, to be shown once; the earlier ones stop working."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == account.id))
    codes = [new_code(LETTERS) for _ in range(HOW_MANY)]
    session.add_all(RecoveryCode(staff_id=account.id, code_hash=hash_token(code), created_at=now) for code in codes)
    record_audit(
        session,
        "made",
        "recovery_codes",
        account.id,
        actor=Actor("staff", account.id),
        now=now,
        clinic_id=account.clinic_id,
    )
    return ["-".join(code[at : at + GROUP] for at in range(0, LETTERS, GROUP)) for code in codes]


def account_of_code(session: Session, typed: str, *, now: datetime) -> StaffAccount | None:
    """Whose code this is, used up by asking; None when unknown, used or of a disabled account."""
    wanted = RecoveryCode.code_hash == hash_token("".join(typed.split()).replace("-", "").upper())
    changed = session.execute(
        update(RecoveryCode)
        .where(wanted, RecoveryCode.used_at.is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(changed, CursorResult)
    if changed.rowcount != 1:
        return None
    account = session.get_one(StaffAccount, session.scalars(select(RecoveryCode.staff_id).where(wanted)).one())
    return None if account.disabled_at else account


def codes_left(session: Session, staff_id: int) -> int:
    wanted = select(func.count()).where(RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None))
    return session.scalar(wanted) or 0

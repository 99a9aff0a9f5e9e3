"""Passkeys of staff: enrolling one, and signing in with one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import Actor, record_audit
from app.core.errors import NotFound
from app.core.passkeys import (
    Asked,
    Holder,
    PasskeyRefused,
    Site,
    check_enrolment,
    check_signature,
    credential_named,
    enrolment_for,
    keep_challenge,
    signature_for,
    spend_challenge,
)
from app.staff.models import Passkey, PasskeyChallenge, StaffAccount


def ask_to_enrol(session: Session, account: StaffAccount, site: Site, machine_now: datetime) -> Asked:
    holder = Holder(str(account.id).encode(), name=account.login, spoken_name=account.name)
    wanted = enrolment_for(holder, site, passkeys_of(session, account.id))
    return keep_challenge(session, PasskeyChallenge, "enrol", wanted, machine_now, staff_id=account.id)


def enrol(
    session: Session, account: StaffAccount, asked_token: str, answer: str, *, label: str, site: Site,
    now: datetime, machine_now: datetime,
) -> Passkey:  # fmt: skip
    """Raises PasskeyRefused when the answer does not fit what was asked, or the person was not verified."""
    asked = spend_challenge(session, PasskeyChallenge, "enrol", asked_token, machine_now)
    if asked.staff_id != account.id:
        raise PasskeyRefused
    made = check_enrolment(answer, asked.challenge, site)
    passkey = Passkey(staff_id=account.id, label=label.strip()[:60] or "Passkey", created_at=now, **made)
    session.add(passkey)
    actor = Actor("staff", account.id)
    record_audit(session, "enrolled", "passkey", passkey.id, actor=actor, now=now, clinic_id=account.clinic_id)
    return passkey


def ask_to_sign_in(session: Session, site: Site, machine_now: datetime, *, staff_id: int | None = None) -> Asked:
    """For anyone (the passkey says who), or for one person who is asked to confirm."""
    wanted = signature_for(site, passkeys_of(session, staff_id) if staff_id is not None else [])
    return keep_challenge(session, PasskeyChallenge, "sign_in", wanted, machine_now, staff_id=staff_id)


def account_of_passkey(
    session: Session, asked_token: str, answer: str, *, site: Site, now: datetime, machine_now: datetime
) -> StaffAccount:
    """Whose passkey signed. Raises PasskeyRefused, the same for every reason."""
    asked = spend_challenge(session, PasskeyChallenge, "sign_in", asked_token, machine_now)
    passkey = session.scalars(select(Passkey).where(Passkey.credential_id == credential_named(answer))).first()
    account = session.get(StaffAccount, passkey.staff_id) if passkey else None
    if passkey is None or account is None or account.disabled_at or asked.staff_id not in (None, account.id):
        raise PasskeyRefused
    check_signature(answer, asked.challenge, passkey, site, now)
    return account


def passkeys_of(session: Session, staff_id: int) -> list[Passkey]:
    return list(session.scalars(select(Passkey).where(Passkey.staff_id == staff_id).order_by(Passkey.created_at)))


def remove_passkey(session: Session, account: StaffAccount, passkey_id: int, *, actor: Actor, now: datetime) -> None:
    passkey = session.get(Passkey, passkey_id)
    if passkey is None or passkey.staff_id != account.id:
        raise NotFound
    session.delete(passkey)
    record_audit(session, "removed", "passkey", passkey_id, actor=actor, now=now, clinic_id=account.clinic_id)

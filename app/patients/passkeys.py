"""A patient's pages opened by the lock of their own phone (fingerprint, face, screen lock) instead of typing.

A passkey belongs to one patient. It opens that patient's links alone, and none that several people on a phone share.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import Actor, record_audit
from app.core.errors import Conflict, NotFound
from app.core.ids import hash_token
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
from app.core.sealed import keyring
from app.patients.links import Opened, open_session, people_behind
from app.patients.models import Link, LinkChallenge, Patient, PatientPasskey
from app.patients.rules import MOST_PASSKEYS
from app.patients.store import lock_patient


@dataclass(frozen=True)
class Signed:
    """What a phone's lock gave: the token of what was asked, and the answer as the browser made it."""

    token: str
    answer: str


def ask_to_enrol(
    session: Session, link: Link, site: Site, machine_now: datetime, *, cookie: str, neutral_name: str
) -> Asked:
    """For the browser with this cookie, which has proved who it is. `neutral_name` is what the phone lists it under."""
    handle = bytes.fromhex(keyring().blind_index("passkey", str(link.patient_id)))
    holder = Holder(handle, name=neutral_name, spoken_name=neutral_name, site_name=neutral_name)
    wanted = enrolment_for(holder, site, passkeys_of(session, link.patient_id), on_this_device=True)
    about = {"link_id": link.id, "cookie_hash": hash_token(cookie)}
    return keep_challenge(session, LinkChallenge, "enrol", wanted, machine_now, **about)


def enrol(
    session: Session, link: Link, signed: Signed, *, cookie: str, site: Site, actor: Actor, now: datetime,
    machine_now: datetime,
) -> PatientPasskey:  # fmt: skip
    """Raises PasskeyRefused when the answer is not to what this very browser was asked; Conflict past the most a
    patient may have."""
    lock_patient(session, link.patient_id)
    asked = spend_challenge(session, LinkChallenge, "enrol", signed.token, machine_now)
    if asked.link_id != link.id or asked.cookie_hash != hash_token(cookie):
        raise PasskeyRefused
    made = check_enrolment(signed.answer, asked.challenge, site)
    if _passkey(session, made["credential_id"]) is not None:
        raise PasskeyRefused
    if len(passkeys_of(session, link.patient_id)) >= MOST_PASSKEYS:
        raise Conflict
    passkey = PatientPasskey(clinic_id=link.clinic_id, patient_id=link.patient_id, created_at=now, **made)
    session.add(passkey)
    session.flush()
    _record(session, "enrolled", passkey, actor=actor, now=now)
    return passkey


def keys_of_link(session: Session, link: Link) -> list[PatientPasskey]:
    """Those that open this link: its patient's, unless others on the same phone may open it too."""
    return passkeys_of(session, link.patient_id) if len(people_behind(session, link)) == 1 else []


def ask_to_open(session: Session, link: Link, site: Site, machine_now: datetime) -> Asked | None:
    """None when no passkey opens this link."""
    known = keys_of_link(session, link)
    if not known:
        return None
    return keep_challenge(
        session, LinkChallenge, "open", signature_for(site, known), machine_now, link_id=link.id
    )  # fmt: skip


def open_by_passkey(
    session: Session, link: Link, signed: Signed, *, site: Site, now: datetime, machine_now: datetime,
    request_id: str | None = None,
) -> Opened | None:  # fmt: skip
    """The cookie of a browser whose phone signed what was asked at this link, else None. Either way what was asked is
    used up."""
    try:
        passkey = _signer(session, link, signed, site=site, now=now, machine_now=machine_now)
    except PasskeyRefused:
        record_audit(
            session, "refused", "link", link.id, actor=Actor("patient", None, request_id), now=now,
            clinic_id=link.clinic_id, patient_id=link.patient_id, by="passkey",
        )  # fmt: skip
        return None
    link.last_opened_at = now
    return open_session(session, link, token=None, now=now, request_id=request_id, passkey_id=passkey.id)


def passkeys_of(session: Session, patient_id: int) -> list[PatientPasskey]:
    """Oldest first."""
    wanted = select(PatientPasskey).where(PatientPasskey.patient_id == patient_id)
    return list(session.scalars(wanted.order_by(PatientPasskey.created_at, PatientPasskey.id)))


def remove_passkey(session: Session, patient: Patient, passkey_id: int, *, actor: Actor, now: datetime) -> None:
    """Raises NotFound when it is none of this patient's."""
    passkey = next((each for each in passkeys_of(session, patient.id) if each.id == passkey_id), None)
    if passkey is None:
        raise NotFound
    session.delete(passkey)
    _record(session, "removed", passkey, actor=actor, now=now)


def remove_passkeys(session: Session, patient: Patient, *, actor: Actor, now: datetime) -> int:
    """All of them; how many there were."""
    known = passkeys_of(session, patient.id)
    for each in known:
        session.delete(each)
        _record(session, "removed", each, actor=actor, now=now)
    return len(known)


def _signer(
    session: Session, link: Link, signed: Signed, *, site: Site, now: datetime, machine_now: datetime
) -> PatientPasskey:
    asked = spend_challenge(session, LinkChallenge, "open", signed.token, machine_now)
    passkey = _passkey(session, credential_named(signed.answer))
    if passkey is None or asked.link_id != link.id or passkey not in keys_of_link(session, link):
        raise PasskeyRefused
    check_signature(signed.answer, asked.challenge, passkey, site, now)
    return passkey


def _passkey(session: Session, credential_id: str | None) -> PatientPasskey | None:
    """Held until the transaction ends, so that of two signatures at once the counter judges the second."""
    wanted = select(PatientPasskey).where(PatientPasskey.credential_id == credential_id).with_for_update()
    return session.scalars(wanted.execution_options(populate_existing=True)).first()


def _record(session: Session, action: str, passkey: PatientPasskey, *, actor: Actor, now: datetime) -> None:
    record_audit(
        session, action, "passkey", passkey.id, actor=actor, now=now, clinic_id=passkey.clinic_id,
        patient_id=passkey.patient_id,
    )  # fmt: skip

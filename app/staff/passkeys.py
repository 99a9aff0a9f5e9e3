"""Passkeys: enrolling one, and signing in with one. User verification is always required; nothing here is a password.

The challenge is a row used once. The WebAuthn library is imported when first needed, so that the start stays fast.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from app.core.audit import Actor, record_audit
from app.core.errors import NotFound, ShapeWrong
from app.core.ids import new_token
from app.staff.models import Passkey, PasskeyChallenge, StaffAccount
from app.staff.store import hash_token

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

CHALLENGE_LASTS = timedelta(minutes=5)
_REFUSED_SENTENCE = "This passkey could not be checked. Try again, or use a recovery code."


@dataclass(frozen=True)
class Site:
    """What passkeys are bound to: the host (`rp_id`) and the exact origin of the pages."""

    rp_id: str
    origin: str

    @property
    def is_possible(self) -> bool:
        """Browsers offer passkeys over HTTPS or on localhost, never for a bare address."""
        return self.origin.startswith("https://") or self.rp_id == "localhost"


def site_of(public_url: str) -> Site:
    parts = urlsplit(public_url)
    return Site(rp_id=parts.hostname or "", origin=f"{parts.scheme}://{parts.netloc}")


@dataclass(frozen=True)
class Asked:
    """`options` is JSON for the browser; `token` comes back with its answer."""

    options: str
    token: str


def ask_to_enrol(session: Session, account: StaffAccount, site: Site, machine_now: datetime) -> Asked:
    from webauthn import generate_registration_options, options_to_json  # noqa: PLC0415
    from webauthn.helpers import structs  # noqa: PLC0415

    options = generate_registration_options(
        rp_id=site.rp_id,
        rp_name="Farline",
        user_id=str(account.id).encode(),
        user_name=account.login,
        user_display_name=account.name,
        exclude_credentials=_descriptors(passkeys_of(session, account.id)),
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
    )
    token = _keep(session, "enrol", options.challenge, machine_now, staff_id=account.id)
    return Asked(options_to_json(options), token)


def enrol(
    session: Session, account: StaffAccount, asked_token: str, answer: str, *, label: str, site: Site,
    now: datetime, machine_now: datetime,
) -> Passkey:  # fmt: skip
    """Raises ShapeWrong when the answer does not fit what was asked, or the person was not verified."""
    from webauthn import verify_registration_response  # noqa: PLC0415
    from webauthn.helpers import bytes_to_base64url  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    challenge = _spend(session, "enrol", asked_token, machine_now)
    if challenge.staff_id != account.id:
        raise ShapeWrong(_REFUSED_SENTENCE)
    try:
        made = verify_registration_response(
            credential=answer, expected_challenge=challenge.challenge, expected_rp_id=site.rp_id,
            expected_origin=site.origin, require_user_verification=True,
        )  # fmt: skip
    except (WebAuthnException, ValueError) as error:
        raise ShapeWrong(_REFUSED_SENTENCE) from error
    passkey = Passkey(
        staff_id=account.id,
        credential_id=bytes_to_base64url(made.credential_id),
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        label=label.strip()[:60] or "Passkey",
        transports=_transports(answer),
        created_at=now,
    )
    session.add(passkey)
    actor = Actor("staff", account.id)
    record_audit(session, "enrolled", "passkey", passkey.id, actor=actor, now=now, clinic_id=account.clinic_id)
    return passkey


def ask_to_sign_in(session: Session, site: Site, machine_now: datetime, *, staff_id: int | None = None) -> Asked:
    """For anyone (the passkey says who), or for one person who is asked to confirm."""
    from webauthn import generate_authentication_options, options_to_json  # noqa: PLC0415
    from webauthn.helpers import structs  # noqa: PLC0415

    known = passkeys_of(session, staff_id) if staff_id is not None else []
    options = generate_authentication_options(
        rp_id=site.rp_id,
        allow_credentials=_descriptors(known),
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return Asked(options_to_json(options), _keep(session, "sign_in", options.challenge, machine_now, staff_id=staff_id))


def account_of_passkey(
    session: Session, asked_token: str, answer: str, *, site: Site, now: datetime, machine_now: datetime
) -> StaffAccount:
    """Whose passkey signed. Raises ShapeWrong, the same for every reason."""
    from webauthn import verify_authentication_response  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    challenge = _spend(session, "sign_in", asked_token, machine_now)
    passkey = _passkey(session, answer)
    account = session.get(StaffAccount, passkey.staff_id) if passkey else None
    if passkey is None or account is None or account.disabled_at or challenge.staff_id not in (None, account.id):
        raise ShapeWrong(_REFUSED_SENTENCE)
    try:
        checked = verify_authentication_response(
            credential=answer, expected_challenge=challenge.challenge, expected_rp_id=site.rp_id,
            expected_origin=site.origin, credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count, require_user_verification=True,
        )  # fmt: skip
    except (WebAuthnException, ValueError) as error:
        raise ShapeWrong(_REFUSED_SENTENCE) from error
    passkey.sign_count, passkey.last_used_at = checked.new_sign_count, now
    return account


def passkeys_of(session: Session, staff_id: int) -> list[Passkey]:
    return list(session.scalars(select(Passkey).where(Passkey.staff_id == staff_id).order_by(Passkey.created_at)))


def remove_passkey(session: Session, account: StaffAccount, passkey_id: int, *, actor: Actor, now: datetime) -> None:
    passkey = session.get(Passkey, passkey_id)
    if passkey is None or passkey.staff_id != account.id:
        raise NotFound
    session.delete(passkey)
    record_audit(session, "removed", "passkey", passkey_id, actor=actor, now=now, clinic_id=account.clinic_id)


def _keep(session: Session, purpose: str, challenge: bytes, machine_now: datetime, *, staff_id: int | None) -> str:
    token = new_token()
    session.add(
        PasskeyChallenge(
            token_hash=hash_token(token), purpose=purpose, challenge=challenge, staff_id=staff_id,
            expires_at=machine_now + CHALLENGE_LASTS,
        )
    )  # fmt: skip
    return token


def _spend(session: Session, purpose: str, token: str, machine_now: datetime) -> PasskeyChallenge:
    """Of two answers at once only one gets the challenge."""
    mine = PasskeyChallenge.token_hash == hash_token(token)
    changed = session.execute(
        update(PasskeyChallenge)
        .where(
            mine,
            PasskeyChallenge.purpose == purpose,
            PasskeyChallenge.used_at.is_(None),
            PasskeyChallenge.expires_at > machine_now,
        )
        .values(used_at=machine_now)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(changed, CursorResult)
    if changed.rowcount != 1:
        raise ShapeWrong(_REFUSED_SENTENCE)
    return session.scalars(select(PasskeyChallenge).where(mine)).one()


def _passkey(session: Session, answer: str) -> Passkey | None:
    try:
        credential_id = str(json.loads(answer)["id"])
    except (ValueError, KeyError, TypeError):
        return None
    return session.scalars(select(Passkey).where(Passkey.credential_id == credential_id)).first()


def _transports(answer: str) -> list[str]:
    try:
        said = json.loads(answer).get("response", {}).get("transports", [])
    except (ValueError, AttributeError):
        return []
    return [str(each)[:20] for each in said][:6] if isinstance(said, list) else []


def _descriptors(passkeys: list[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    from webauthn.helpers import base64url_to_bytes, structs  # noqa: PLC0415

    return [structs.PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.credential_id)) for each in passkeys]

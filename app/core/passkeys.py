"""Passkeys, as staff and patients both use them: what is asked, how an answer is checked, and a challenge used once.

User verification is always required; nothing here is a password. The WebAuthn library is imported when first needed, so
that the start stays fast.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

from sqlalchemy import delete, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.errors import ShapeWrong
from app.core.ids import hash_token, new_token

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

CHALLENGE_LASTS = timedelta(minutes=5)


class PasskeyRefused(ShapeWrong):
    """The same for every reason."""

    sentence = "This passkey could not be checked. Try again, or use a recovery code."


class PasskeyRow:
    """What is kept of a passkey: its public half. Whose it is, the table says."""

    credential_id: Mapped[str] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(default=0)
    transports: Mapped[list[Any]] = mapped_column(default=list)  # as the browser said: internal, usb, hybrid ...
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class ChallengeRow:
    """What a passkey is asked to sign, once; known to the browser by a token of its own."""

    token_hash: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[str]
    challenge: Mapped[bytes]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


Challenge = TypeVar("Challenge", bound=ChallengeRow)


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


@dataclass(frozen=True)
class Holder:
    """Who a new passkey is for, as their own phone lists it. `handle` tells nothing about them."""

    handle: bytes
    name: str
    spoken_name: str
    site_name: str = "Farline"


@dataclass(frozen=True)
class Wanted:
    """What the browser is to be told, and the challenge in it."""

    options: str
    challenge: bytes


def enrolment_for(holder: Holder, site: Site, known: Sequence[PasskeyRow], *, on_this_device: bool = False) -> Wanted:
    """A new passkey for `holder`. `on_this_device`: in the phone itself, found by nobody who does not name it."""
    from webauthn import generate_registration_options, options_to_json  # noqa: PLC0415
    from webauthn.helpers import structs  # noqa: PLC0415

    kinds, platform = structs.ResidentKeyRequirement, structs.AuthenticatorAttachment.PLATFORM
    options = generate_registration_options(
        rp_id=site.rp_id,
        rp_name=holder.site_name,
        user_id=holder.handle,
        user_name=holder.name,
        user_display_name=holder.spoken_name,
        exclude_credentials=_descriptors(known),
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            authenticator_attachment=platform if on_this_device else None,
            resident_key=kinds.DISCOURAGED if on_this_device else kinds.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
    )
    return Wanted(options_to_json(options), options.challenge)


def signature_for(site: Site, known: Sequence[PasskeyRow]) -> Wanted:
    """A signature by one of `known`; by any passkey of this site when there are none."""
    from webauthn import generate_authentication_options, options_to_json  # noqa: PLC0415
    from webauthn.helpers import structs  # noqa: PLC0415

    options = generate_authentication_options(
        rp_id=site.rp_id,
        allow_credentials=_descriptors(known),
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return Wanted(options_to_json(options), options.challenge)


def check_enrolment(answer: str, challenge: bytes, site: Site) -> dict[str, Any]:
    """What is to be kept of the new passkey, by column. Raises PasskeyRefused when the answer does not fit what was
    asked, or the person was not verified."""
    from webauthn import verify_registration_response  # noqa: PLC0415
    from webauthn.helpers import bytes_to_base64url  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    try:
        made = verify_registration_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=site.rp_id, expected_origin=site.origin,
            require_user_verification=True,
        )  # fmt: skip
    except (WebAuthnException, ValueError) as error:
        raise PasskeyRefused from error
    return {
        "credential_id": bytes_to_base64url(made.credential_id),
        "public_key": made.credential_public_key,
        "sign_count": made.sign_count,
        "transports": _transports(answer),
    }


def check_signature(answer: str, challenge: bytes, passkey: PasskeyRow, site: Site, now: datetime) -> None:
    """Notes the use in `passkey`. Raises PasskeyRefused; also when its counter did not go up, as a copy's would not."""
    from webauthn import verify_authentication_response  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    try:
        checked = verify_authentication_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=site.rp_id, expected_origin=site.origin,
            credential_public_key=passkey.public_key, credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )  # fmt: skip
    except (WebAuthnException, ValueError) as error:
        raise PasskeyRefused from error
    passkey.sign_count, passkey.last_used_at = checked.new_sign_count, now


def keep_challenge(
    session: Session, table: type[ChallengeRow], purpose: str, wanted: Wanted, machine_now: datetime, **about: Any
) -> Asked:
    """The challenge as a row, for one answer within five minutes. Those nobody answered in time go."""
    session.execute(delete(table).where(table.expires_at < machine_now - CHALLENGE_LASTS))
    token, made = new_token(), cast("Callable[..., object]", table)
    session.add(
        made(
            token_hash=hash_token(token), purpose=purpose, challenge=wanted.challenge,
            expires_at=machine_now + CHALLENGE_LASTS, **about,
        )
    )  # fmt: skip
    return Asked(wanted.options, token)


def spend_challenge(
    session: Session, table: type[Challenge], purpose: str, token: str, machine_now: datetime
) -> Challenge:
    """Of two answers at once only one gets the challenge."""
    mine = table.token_hash == hash_token(token)
    changed = session.execute(
        update(table)
        .where(mine, table.purpose == purpose, table.used_at.is_(None), table.expires_at > machine_now)
        .values(used_at=machine_now)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(changed, CursorResult)
    if changed.rowcount != 1:
        raise PasskeyRefused
    return session.scalars(select(table).where(mine)).one()


def credential_named(answer: str) -> str | None:
    """The id of the passkey that signed, as the answer says it."""
    try:
        return str(json.loads(answer)["id"])
    except (ValueError, KeyError, TypeError):
        return None


def _transports(answer: str) -> list[str]:
    try:
        said = json.loads(answer).get("response", {}).get("transports", [])
    except (ValueError, AttributeError):
        return []
    return [str(each)[:20] for each in said][:6] if isinstance(said, list) else []


def _descriptors(passkeys: Sequence[PasskeyRow]) -> list[PublicKeyCredentialDescriptor]:
    from webauthn.helpers import base64url_to_bytes, structs  # noqa: PLC0415

    return [structs.PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.credential_id)) for each in passkeys]

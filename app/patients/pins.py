"""The PIN a patient may set for their pages, asked instead of the date of birth that a family knows.

Kept as scrypt of a keyed fingerprint: a copied database alone does not let anyone try the ten thousand possibilities.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata

from app.core.sealed import keyring
from app.patients.models import Patient

_SALT_BYTES = 16
_COST = {"n": 2**14, "r": 8, "p": 1}  # 16 MiB and some 30 ms a try; OWASP password storage, scrypt
_LONGEST = 20


def set_pin(patient: Patient, pin: str) -> None:
    """From now on this PIN opens the patient's pages, and the date of birth does not."""
    salt = secrets.token_bytes(_SALT_BYTES)
    patient.pin_hash = f"{salt.hex()}${_hash(patient, pin, salt)}"


def remove_pin(patient: Patient) -> bool:
    """The date of birth opens the pages again; whether there was a PIN."""
    had_one = patient.pin_hash is not None
    patient.pin_hash = None
    return had_one


def is_pin(patient: Patient, typed: str) -> bool:
    salt, _, kept = (patient.pin_hash or "").partition("$")
    if not kept:
        return False
    return hmac.compare_digest(_hash(patient, plain_digits(typed), bytes.fromhex(salt)), kept)


def plain_digits(typed: str) -> str:
    """Digits of any script as 0-9, without the blanks and hyphens people put between them; other signs stay."""
    signs = (sign for sign in typed[:_LONGEST] if not sign.isspace() and sign != "-")
    return "".join(str(unicodedata.decimal(sign, sign)) for sign in signs)


def _hash(patient: Patient, pin: str, salt: bytes) -> str:
    fingerprint = keyring().blind_index("pin", f"{patient.id}|{pin}")
    return hashlib.scrypt(fingerprint.encode(), salt=salt, **_COST, dklen=32).hex()

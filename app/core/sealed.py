"""Sealed columns: AES-256-GCM, with the key's number in the value and the row in the associated data.

A copied disk shows no names, numbers, answers or bodies. A value moved to another row, column or table does not open.
Exact look-up goes through a blind index (HMAC-SHA256) of the normalised value. Keys live in FARLINE_HOME, never in the
database. One keyring serves a process; wiring installs it once.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import LargeBinary
from sqlalchemy.orm import MappedColumn, mapped_column

_VERSION = 1
_NONCE_BYTES = 12


class SealBroken(Exception):
    """A sealed value did not open: wrong key, wrong row, or it was altered."""


class KeysBroken(ValueError):
    """The key file cannot be read. Nothing sealed opens without it."""


@dataclass(frozen=True)
class Keyring:
    """All keys that may open values, the one that seals new ones, and the key of the blind index."""

    keys: dict[int, bytes]
    current: int
    index_key: bytes

    def seal(self, text: str, *, bound_to: str) -> bytes:
        return self.seal_bytes(text.encode("utf-8", "surrogatepass"), bound_to=bound_to)

    def seal_bytes(self, content: bytes, *, bound_to: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        box = _cipher(self.keys[self.current]).encrypt(nonce, content, bound_to.encode())
        return bytes([_VERSION]) + self.current.to_bytes(2, "big") + nonce + box

    def open(self, sealed: bytes, *, bound_to: str) -> str:
        try:
            return self.open_bytes(sealed, bound_to=bound_to).decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise SealBroken(f"a value of {bound_to} does not open") from error

    def open_bytes(self, sealed: bytes, *, bound_to: str) -> bytes:
        key = self.keys.get(int.from_bytes(sealed[1:3], "big"))
        if sealed[:1] != bytes([_VERSION]) or key is None:
            raise SealBroken(f"no key for a value of {bound_to}")
        nonce, box = sealed[3 : 3 + _NONCE_BYTES], sealed[3 + _NONCE_BYTES :]
        try:
            return _cipher(key).decrypt(nonce, box, bound_to.encode())
        except (InvalidTag, ValueError) as error:  # ValueError: too short to hold a nonce
            raise SealBroken(f"a value of {bound_to} does not open") from error

    def blind_index(self, purpose: str, value: str) -> str:
        """A keyed fingerprint for exact look-up: the same value and purpose give the same 32 hex digits."""
        return hmac.digest(self.index_key, f"{purpose}\0{value}".encode(), "sha256").hex()[:32]

    def secret(self, purpose: str, size_bytes: int) -> bytes:
        """A secret of its own for `purpose`, the same on every machine with these keys and in their backup."""
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - asked for by few
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

        made = HKDF(algorithm=SHA256(), length=size_bytes, salt=None, info=purpose.encode())
        return made.derive(self.index_key)


_cipher = lru_cache(maxsize=16)(AESGCM)


def new_keyring() -> Keyring:
    return Keyring(keys={1: secrets.token_bytes(32)}, current=1, index_key=secrets.token_bytes(32))


def load_keyring(path: Path) -> Keyring:
    """Read the keys from `path`, making them (mode 600) on the first start. A broken file raises KeysBroken."""
    if not path.exists():
        _save_keyring(path, new_keyring())
    try:
        stored = json.loads(path.read_text())
        keys = {int(number): base64.b64decode(key) for number, key in stored["keys"].items()}
        return Keyring(keys=keys, current=int(stored["current"]), index_key=base64.b64decode(stored["index_key"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeysBroken(f"The key file {path} cannot be read; restore it from the backup of the keys") from error


def _save_keyring(path: Path, keyring: Keyring) -> None:
    stored = {
        "keys": {str(number): base64.b64encode(key).decode() for number, key in keyring.keys.items()},
        "current": keyring.current,
        "index_key": base64.b64encode(keyring.index_key).decode(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(stored, file)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)  # the first of two starting processes wins; the other reads its file
    except FileExistsError:
        pass
    finally:
        part.unlink()


_installed: list[Keyring] = []


def use_keyring(keyring: Keyring) -> None:
    """Install the process's keyring. Called by wiring (and by the test bed)."""
    _installed[:] = [keyring]


def keyring() -> Keyring:
    if not _installed:
        raise RuntimeError("no keyring: start through app.wiring")
    return _installed[0]


def sealed_column(*, nullable: bool = True) -> MappedColumn[Any]:
    """The stored half of a sealed value; declare it as `name_sealed` beside `name = Sealed("name_sealed")`."""
    return mapped_column(LargeBinary, nullable=nullable)


class Sealed:
    """A text attribute kept sealed in another column, bound to table, column and row id. None stays None."""

    def __init__(self, column: str) -> None:
        self.column = column

    def __get__(self, row: Any, owner: type | None = None) -> Any:
        if row is None:
            return self
        stored = getattr(row, self.column)
        return None if stored is None else keyring().open(bytes(stored), bound_to=self._place(row))

    def __set__(self, row: Any, text: str | None) -> None:
        stored = None if text is None else keyring().seal(text, bound_to=self._place(row))
        setattr(row, self.column, stored)

    def boxed(self, table: str, row_id: int, text: str | None) -> bytes | None:
        """What the column of that row is to hold, for rows written many at a time without being made first."""
        return None if text is None else keyring().seal(text, bound_to=f"{table}.{self.column}.{row_id}")

    def _place(self, row: Any) -> str:
        return f"{row.__tablename__}.{self.column}.{row.id}"


class SealedJson(Sealed):
    """As `Sealed`, for a JSON value."""

    def __get__(self, row: Any, owner: type | None = None) -> Any:
        text = super().__get__(row, owner)
        return json.loads(text) if isinstance(text, str) else text

    def __set__(self, row: Any, value: Any) -> None:
        super().__set__(row, _as_text(value))

    def boxed(self, table: str, row_id: int, value: Any) -> bytes | None:
        return super().boxed(table, row_id, _as_text(value))


def _as_text(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class SealedBytes(Sealed):
    """As `Sealed`, for bytes."""

    def __get__(self, row: Any, owner: type | None = None) -> Any:
        if row is None:
            return self
        stored = getattr(row, self.column)
        return None if stored is None else keyring().open_bytes(bytes(stored), bound_to=self._place(row))

    def __set__(self, row: Any, content: Any) -> None:
        stored = None if content is None else keyring().seal_bytes(content, bound_to=self._place(row))
        setattr(row, self.column, stored)

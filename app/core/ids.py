"""Identifiers made by the application, so that a row's sealed columns can be bound to it before it is saved."""

from __future__ import annotations

import hashlib
import os
import random
import secrets
import threading
import time
from datetime import datetime

_RANDOM_BITS = 22
_EPOCH_MS = 1_735_689_600_000  # 2025-01-01T00:00:00Z
_lock = threading.Lock()
_newest = 0
_dice = random.Random()  # noqa: S311 - an id is no secret; our own dice, which nobody seeds to repeat a run
os.register_at_fork(after_in_child=_dice.seed)
_CODE_LETTERS = "23456789CFGHJMPQRVWX"  # no vowels and no look-alikes: never a word, readable aloud


def new_id() -> int:
    """A positive 63-bit integer: time by the millisecond, random below it, so safe with any number of processes.

    Within a process each is higher than the one before: rows made in one go keep their order.
    """
    global _newest  # noqa: PLW0603 - one number, guarded by its lock
    milliseconds = int(time.time() * 1000) - _EPOCH_MS
    with _lock:
        _newest = max((milliseconds << _RANDOM_BITS) | _dice.getrandbits(_RANDOM_BITS), _newest + 1)
        return _newest


def first_id_at(moment: datetime) -> int:
    """The lowest id that can have been made at or after `moment` (machine time): rows since then without an index."""
    return max(0, int(moment.timestamp() * 1000) - _EPOCH_MS) << _RANDOM_BITS


def new_token() -> str:
    """160 random bits, URL-safe: links, attempt tokens, invitations. Store only its hash where it opens something."""
    return secrets.token_urlsafe(20)


def hash_token(token: str) -> str:
    """What is stored of a token that opens something: it holds 160 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def new_code(length: int = 6) -> str:
    """A short code a person can read aloud and type."""
    return "".join(secrets.choice(_CODE_LETTERS) for _ in range(length))

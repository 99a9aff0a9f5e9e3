"""Filing states, and pure decisions about what the record allows."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum

# BCP-47 as the record may write it: language, then script, region, variants. Not a list of known languages.
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


class FilingState(StrEnum):
    PENDING = "pending"
    CLAIMED = "claimed"
    RETRY = "retry"
    FILED = "filed"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    SKIPPED = "skipped"


class FilingKind(StrEnum):
    RESPONSE = "response"
    APPOINTMENT_REPLY = "appointment_reply"


def is_health_number(value: str) -> bool:
    """Whether an Ontario health number is complete and its check digit holds; a version code may follow the ten digits.

    Mod-10 (Luhn) over ten digits, as the Ontario Ministry of Health publishes for health card numbers.
    """
    match = re.fullmatch(r"(\d{10})[A-Z]{0,2}", value.replace(" ", "").replace("-", "").upper(), re.ASCII)
    if match is None:
        return False
    digits = [int(digit) for digit in match.group(1)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[::2]]
    return (sum(doubled) + sum(digits[1::2])) % 10 == 0


def language_tag(code: str) -> str | None:
    """A language code the way BCP-47 writes it (`FR_ca` -> `fr-CA`), or None when it is none."""
    if not _LANGUAGE.fullmatch(code) or len(code) > 35:
        return None
    language, *rest = code.replace("_", "-").split("-")
    return "-".join([language.lower(), *(each.upper() if len(each) == 2 else each for each in rest)])


OPEN_FILINGS = (FilingState.PENDING, FilingState.RETRY, FilingState.CLAIMED)
NEEDS_PERSON = (FilingState.CONFLICT, FilingState.REJECTED)
LEASE = timedelta(minutes=3)  # longer than every request of one filing with its timeouts
MOST_CRASHES = 5  # claims that never came back: then a person looks
BREAKER_AFTER = 5  # failures in a row before the server is left alone for a while
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 15.0, 3600.0


def pause_s(failures: int, *, asked_s: float | None, jitter: float) -> float:
    """Seconds until the next try: what the server asked for, else doubling from 15 s to an hour; `jitter` (0 to 1)
    spreads the tries of many over half of it, so that they do not all come back at once."""
    own = min(_FIRST_PAUSE_S * 2 ** min(failures, 10), _LONGEST_PAUSE_S)
    wanted = own if asked_s is None else max(1.0, min(asked_s, 24 * 3600.0))
    return wanted * (1 + jitter / 2)

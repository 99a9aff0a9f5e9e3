"""Closed sets and pure decisions about patients and the ways to reach them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum


class PatientStatus(StrEnum):
    ACTIVE = "active"
    INACTIVE = "inactive"
    DECEASED = "deceased"
    MERGED = "merged"


class ContactState(StrEnum):
    """`usable` may be tried; `unusable` is no number; `suspended` awaits a person (wrong number, carrier's refusal)."""

    USABLE = "usable"
    UNUSABLE = "unusable"
    SUSPENDED = "suspended"


class ConsentStatus(StrEnum):
    GIVEN = "given"
    WITHDRAWN = "withdrawn"


class LinkProblem(StrEnum):
    """Why a link opens nothing. Whoever holds it is told the same for all three."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    REVOKED = "revoked"


ANY = "any"
TRIES_BEFORE_PAUSE = 5
TRIES_IN_ALL = 20
PAUSE = timedelta(minutes=15)


def may_be_contacted(status: PatientStatus) -> bool:
    """Nothing goes to patients who died, were merged into another chart, or are no longer the clinic's."""
    return status is PatientStatus.ACTIVE


def is_consent_in_force(acts: Iterable[tuple[str, str, ConsentStatus]], channel: str, purpose: str) -> bool:
    """Whether consent covers `channel` and `purpose`. `acts` are (channel, purpose, status), newest first.

    Each act speaks for the channels and purposes it names ("any" for all of them). The newest act that covers the
    question decides; silence is no consent.
    """
    for of_channel, of_purpose, status in acts:
        if of_channel in (channel, ANY) and of_purpose in (purpose, ANY):
            return status is ConsentStatus.GIVEN
    return False


def pause_after(failed_checks: int, now: datetime) -> datetime | None:
    """Until when no further try is heard after so many wrong ones; None: try again at once."""
    return now + PAUSE if failed_checks % TRIES_BEFORE_PAUSE == 0 else None


def is_worn_out(failed_checks: int) -> bool:
    """A link that was tried this often in vain is closed for good: 20 tries at dates of birth find next to nobody."""
    return failed_checks >= TRIES_IN_ALL

"""Closed sets and pure decisions about patients and the ways to reach them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


class ConsentPurpose(StrEnum):
    """What a patient may be reached for. `care` is all of it: an act on it speaks for reminders and forms too."""

    CARE = "care"
    REMINDERS = "reminders"  # of appointments
    FORMS = "forms"  # questionnaires and check-ins


class Verdict(StrEnum):
    """What a person decided about two charts: the same patient, or two patients."""

    ONE = "one"
    TWO = "two"


class LinkProblem(StrEnum):
    """Why a link opens nothing. Whoever holds it is told the same for all three."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Tried(StrEnum):
    """What may be tried only so often within an hour, and from where it is counted."""

    CODE = "code"  # short codes, from one address
    PROOF = "proof"  # dates of birth and PINs, from one address
    PERSON = "person"  # dates of birth and PINs, at one patient's links together
    WORDS = "words"  # messages and call-backs, by one patient
    PASSKEY = "passkey"  # questions to a phone's lock, from one address


ANY = "any"
MOST_TRIES: Mapping[Tried, int] = {  # an hour; a clinic's own network may hold a waiting room
    Tried.CODE: 30,
    Tried.PROOF: 60,
    Tried.PERSON: 20,
    Tried.WORDS: 20,
    Tried.PASSKEY: 60,
}
MOST_PASSKEYS = 10  # of one patient: phones come and go
TRIES_BEFORE_PAUSE = 5
TRIES_IN_ALL = 20
PAUSE = timedelta(minutes=15)


def may_be_contacted(status: PatientStatus) -> bool:
    """Nothing goes to patients who died, were merged into another chart, or are no longer the clinic's."""
    return status is PatientStatus.ACTIVE


def is_consent_in_force(acts: Sequence[tuple[str, str, ConsentStatus]], channel: str, purpose: str) -> bool:
    """Whether consent covers `channel` and `purpose`. `acts` are (channel, purpose, status), newest first.

    Each act speaks for the channels and purposes it names ("any" for all of them, "care" for all that is care). The
    newest act that covers the question decides; silence is no consent. Who may be reached for anything may be answered:
    asking for "care" asks whether any part of it is agreed.
    """
    asked = tuple(ConsentPurpose) if purpose == ConsentPurpose.CARE else (purpose,)
    return any(_newest_covers(acts, channel, each) for each in asked)


def _newest_covers(acts: Sequence[tuple[str, str, ConsentStatus]], channel: str, purpose: str) -> bool:
    covering = {purpose, ANY} | ({ConsentPurpose.CARE} if purpose in tuple(ConsentPurpose) else set())
    for of_channel, of_purpose, status in acts:
        if of_channel in (channel, ANY) and of_purpose in covering:
            return status is ConsentStatus.GIVEN
    return False


def pause_after(failed_checks: int, now: datetime) -> datetime | None:
    """Until when no further try is heard after so many wrong ones; None: try again at once."""
    return now + PAUSE if failed_checks % TRIES_BEFORE_PAUSE == 0 else None


def is_worn_out(failed_checks: int) -> bool:
    """A link that was tried this often in vain is closed for good: 20 tries find next to nobody."""
    return failed_checks >= TRIES_IN_ALL


PIN_DIGITS = (4, 8)
_UP, _DOWN = "01234567890", "09876543210"


class PinProblem(StrEnum):
    """Why a PIN is not taken."""

    DIGITS = "digits"
    EASY = "easy"
    DIFFERENT = "different"


def pin_problem(pin: str, again: str, birth_date: str | None) -> PinProblem | None:
    """What is wrong with a PIN that a patient chose; `birth_date` is an ISO date. None when it can be used.

    One digit repeated, digits in a row and what stands in the date of birth are what others try first.
    """
    if not (pin.isascii() and pin.isdigit() and PIN_DIGITS[0] <= len(pin) <= PIN_DIGITS[1]):
        return PinProblem.DIGITS
    if pin != again:
        return PinProblem.DIFFERENT
    is_row = pin in _UP or pin in _DOWN
    return PinProblem.EASY if len(set(pin)) == 1 or is_row or pin in _birth_pins(birth_date) else None


def _birth_pins(birth_date: str | None) -> set[str]:
    year, month, day = (birth_date or "--").split("-")
    orders = ((year, month, day), (day, month, year), (month, day, year), (day, month), (month, day), (year,))
    short = ((year[2:], month, day), (day, month, year[2:]), (month, day, year[2:]))
    return {"".join(order) for order in (*orders, *short)}

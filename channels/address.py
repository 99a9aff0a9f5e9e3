"""Phone numbers as people write them, and senders as carriers name them, to one normal form or a reason why not.

Uses phonenumberslite's metadata. A number never tells where its owner is: area codes travel with people, so no time
zone is inferred here. Fictional 555-01xx numbers are accepted like any other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

DEFAULT_REGION = "CA"

SHORT_CODE = re.compile(r"[2-9]\d{4,5}")  # five or six digits in Canada and the United States
ALPHANUMERIC_SENDER = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &_+.-]{1,11}")  # 3GPP TS 23.040: at most 11 characters
SEVERAL = re.compile(r"\d{7}(?:[/;,|&]|or|ou|and|et)[^\d]*\d{7}", re.IGNORECASE)
EMERGENCY = frozenset({"911", "112", "999", "988", "9911", "1911", "1988"})
EXTENSION = re.compile(r"(?:\b(?:ext|extension|poste|x)|#|;ext=|,)[\s.:=]*\d{1,6}\s*$", re.IGNORECASE)
MOST_CHARACTERS = 64


class AddressKind(StrEnum):
    PHONE = "phone"
    SHORT_CODE = "short_code"
    ALPHANUMERIC = "alphanumeric"


@dataclass(frozen=True, slots=True)
class Address:
    """`value` is E.164 for a phone, the bare digits of a short code, the letters of a named sender."""

    value: str
    kind: AddressKind
    country: str | None = None

    @property
    def may_be_answered(self) -> bool:
        """Machines text from short codes and names; answering them starts loops."""
        return self.kind is AddressKind.PHONE


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a string is no usable address. `sentence` is English, to translate; it never repeats the string."""

    code: str
    sentence: str


EMPTY = Problem("empty", "No phone number is given.")
EMERGENCY_NUMBER = Problem("emergency", "This is an emergency number. It is never called or texted.")
SERVICE_NUMBER = Problem("service", "This is a service number such as 211 or 811, not a patient's phone.")
WORDS = Problem("words", "This holds words, not a phone number.")
SEVERAL_NUMBERS = Problem("several", "This holds more than one number. Enter one number per field.")
WITH_EXTENSION = Problem("extension", "This number has an extension. Farline cannot dial extensions.")
TOO_SHORT = Problem("too_short", "This number has too few digits.")
TOO_LONG = Problem("too_long", "This number has too many digits.")
NO_AREA_CODE = Problem("no_area_code", "The area code is missing.")
NOT_A_NUMBER = Problem("not_a_number", "This is not a phone number.")
UNKNOWN_NUMBER = Problem("not_in_use", "No phone can have this number. Check the digits.")
PREMIUM = Problem("premium", "This is a premium-rate number. Farline does not contact premium numbers.")
NOT_A_PHONE = Problem("not_a_phone", "This is a short code or a sender's name, not a phone.")


def normalise(raw: str, region: str = DEFAULT_REGION) -> Address | Problem:
    """The address in `raw`, of any kind a carrier may name; national numbers are read as `region`'s."""
    text = raw.strip()
    if not text or len(text) > MOST_CHARACTERS or "\x00" in text:
        return NOT_A_NUMBER if text else EMPTY
    if SHORT_CODE.fullmatch(text):
        return Address(text, AddressKind.SHORT_CODE, region)
    if ALPHANUMERIC_SENDER.fullmatch(text) and not EXTENSION.search(text):
        return Address(text, AddressKind.ALPHANUMERIC)
    return _phone(text, region)


def as_brought(written: str, *, is_international: bool = False) -> str:
    """An address on what a carrier brings, however it is written there: E.164 for a phone, the bare digits of a short
    code, else as written. Gateways leave out a phone's plus sign and put one before a short code."""
    whole = f"+{written}" if is_international and written.isdecimal() else written
    if SHORT_CODE.fullmatch(whole.removeprefix("+")):
        return whole.removeprefix("+")
    address = normalise(whole)
    return address.value if isinstance(address, Address) else written


def normalise_phone(raw: str, region: str = DEFAULT_REGION) -> Address | Problem:
    """A phone a patient can be reached at, in E.164, or why `raw` is none."""
    address = normalise(raw, region)
    if isinstance(address, Problem) or address.kind is AddressKind.PHONE:
        return address
    return WORDS if address.kind is AddressKind.ALPHANUMERIC else NOT_A_PHONE


@lru_cache(maxsize=4096)  # who writes once writes again
def _phone(text: str, region: str) -> Address | Problem:
    if problem := _problem_in_writing(text):
        return problem
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as error:
        return TOO_LONG if error.error_type == NumberParseException.TOO_LONG else NOT_A_NUMBER
    return _problem_in_number(number) or Address(
        phonenumbers.format_number(number, PhoneNumberFormat.E164),
        AddressKind.PHONE,
        phonenumbers.region_code_for_number(number),
    )


def _problem_in_writing(text: str) -> Problem | None:
    digits = "".join(str(int(character)) for character in text if character.isdecimal())
    if not digits:
        return WORDS if any(character.isalpha() for character in text) else NOT_A_NUMBER
    if digits in EMERGENCY:
        return EMERGENCY_NUMBER
    if re.fullmatch(r"1?[2-8]11", digits):
        return SERVICE_NUMBER
    if SEVERAL.search(re.sub(r"[\s().-]", "", text)):
        return SEVERAL_NUMBERS
    if EXTENSION.search(text):
        return WITH_EXTENSION
    return WORDS if any(character.isalpha() for character in text) else None


def _problem_in_number(number: PhoneNumber) -> Problem | None:
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason == ValidationResult.TOO_SHORT:
        return TOO_SHORT
    if reason == ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        return NO_AREA_CODE
    if reason == ValidationResult.TOO_LONG:
        return TOO_LONG
    return {PhoneNumberType.UNKNOWN: UNKNOWN_NUMBER, PhoneNumberType.PREMIUM_RATE: PREMIUM}.get(
        phonenumbers.number_type(number)  # unknown is what the library calls no valid number
    )

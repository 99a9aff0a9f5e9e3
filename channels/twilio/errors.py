"""Twilio's error codes and statuses in our words.

Source: twilio.com/docs/api/errors, read 2026-11. A code that is not here is kept with the error and treated by its HTTP
status; the message then says that the carrier refused, and a person looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from channels.base import CallOutcome, DeliveryStatus
from channels.errors import (
    AccountClosed,
    AccountRefused,
    AddressRefused,
    CallRefused,
    ChannelError,
    ContentRefused,
    Decision,
    LandlineReached,
    OptedOut,
    OutcomeUnknown,
    Refused,
    TryLater,
)
from channels.http import explain_status

STATUSES: Final = {
    "accepted": DeliveryStatus.ACCEPTED,
    "scheduled": DeliveryStatus.ACCEPTED,
    "queued": DeliveryStatus.ACCEPTED,
    "sending": DeliveryStatus.ACCEPTED,
    "sent": DeliveryStatus.SENT,
    "partially_delivered": DeliveryStatus.SENT,
    "delivered": DeliveryStatus.DELIVERED,
    "read": DeliveryStatus.DELIVERED,
    "undelivered": DeliveryStatus.UNDELIVERED,
    "failed": DeliveryStatus.UNDELIVERED,
    "canceled": DeliveryStatus.UNDELIVERED,
}

CALL_STATUSES: Final = {
    "queued": CallOutcome.RINGING,
    "initiated": CallOutcome.RINGING,
    "ringing": CallOutcome.RINGING,
    "in-progress": CallOutcome.ANSWERED,
    "answered": CallOutcome.ANSWERED,
    "completed": CallOutcome.COMPLETED,
    "busy": CallOutcome.BUSY,
    "no-answer": CallOutcome.NO_ANSWER,
    "canceled": CallOutcome.CANCELLED,
    "failed": CallOutcome.FAILED,
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means to us: the error it is, and a sentence where the error's own is not precise enough."""

    error: type[ChannelError]
    sentence: str | None = None


NOT_A_NUMBER: Final = Meaning(AddressRefused, sentence="The carrier says this is not a valid phone number.")
NOT_MOBILE: Final = Meaning(AddressRefused, sentence="The carrier says this number cannot receive texts.")
NOT_CALLABLE: Final = Meaning(CallRefused)
LANDLINE: Final = Meaning(LandlineReached)
BLOCKED: Final = Meaning(AddressRefused, sentence="The phone or its network blocks our texts.")
GONE: Final = Meaning(AddressRefused, sentence="This number is not in use any more, or unknown to its network.")
UNREACHABLE: Final = Meaning(TryLater, sentence="The phone is switched off or out of reach.")
NETWORK: Final = Meaning(TryLater, sentence="The phone's network could not deliver the text and gave no reason.")
BUSY: Final = Meaning(TryLater, sentence="The carrier has too much to send at the moment.")
EXPIRED: Final = Meaning(TryLater, sentence="The carrier could not deliver the text in time.")
FILTERED: Final = Meaning(ContentRefused, sentence="The carrier's filter stopped this text as if it were spam.")
TOO_LONG: Final = Meaning(ContentRefused, sentence="This text is too long for the carrier.")
NO_TEXT: Final = Meaning(ContentRefused, sentence="This message has no text.")
BAD_SENDER: Final = Meaning(AccountRefused, sentence="The carrier does not let us send from this number.")
UNREGISTERED: Final = Meaning(AccountRefused, sentence="Our number or campaign is not registered with the carrier.")
NOT_THERE: Final = Meaning(AccountRefused, sentence="Our carrier account may not send to this country.")
MAY_NOT_CALL: Final = Meaning(AccountRefused, sentence="Our carrier account is not allowed to call this number.")
NO_ROUTE: Final = Meaning(AccountRefused, sentence="The carrier has no route from our number to this one.")
SUSPENDED: Final = Meaning(AccountClosed, sentence="Our carrier account is suspended or closed.")
SIGN_IN: Final = Meaning(AccountClosed, sentence="The carrier did not accept our account name or token.")
SETTINGS: Final = Meaning(AccountRefused)
QUOTA: Final = Meaning(AccountClosed, sentence="Our carrier account has used up its daily limit or its credit.")
LOOP: Final = Meaning(AccountRefused, sentence="The carrier stopped a loop of automatic answers with this number.")

MEANINGS: Final[dict[int, Meaning]] = {
    10001: SUSPENDED,
    10002: SETTINGS,
    10004: BUSY,  # too many calls at once
    13223: NOT_CALLABLE,
    13224: NOT_CALLABLE,
    13225: NOT_CALLABLE,
    13226: NOT_CALLABLE,
    13227: NOT_THERE,
    14107: LOOP,
    20001: SETTINGS,
    20003: SIGN_IN,
    20004: SETTINGS,
    20005: SUSPENDED,
    20008: SETTINGS,
    20404: SETTINGS,
    20429: BUSY,
    21201: NOT_A_NUMBER,
    21202: NOT_CALLABLE,
    21203: NOT_THERE,
    21205: SETTINGS,
    21210: BAD_SENDER,
    21211: NOT_A_NUMBER,
    21212: BAD_SENDER,
    21213: BAD_SENDER,
    21214: NOT_CALLABLE,
    21215: NOT_THERE,
    21216: MAY_NOT_CALL,
    21217: NOT_A_NUMBER,
    21219: SETTINGS,  # trial account, number not verified
    21220: SETTINGS,
    21223: NOT_A_NUMBER,
    21265: NOT_A_NUMBER,
    21266: NOT_A_NUMBER,  # to and from are one number
    21401: NOT_A_NUMBER,
    21408: NOT_THERE,
    21421: NOT_A_NUMBER,
    21601: BAD_SENDER,
    21602: NO_TEXT,
    21603: BAD_SENDER,
    21604: NOT_A_NUMBER,
    21605: TOO_LONG,
    21606: BAD_SENDER,
    21607: BAD_SENDER,
    21608: SETTINGS,  # trial account, number not verified
    21609: SETTINGS,
    21610: Meaning(OptedOut),
    21611: BUSY,  # the sender's queue is full
    21612: NO_ROUTE,
    21614: NOT_MOBILE,
    21617: TOO_LONG,
    21618: Meaning(ContentRefused),
    21619: NO_TEXT,
    21635: LANDLINE,
    21654: SETTINGS,
    21656: Meaning(ContentRefused),
    21659: BAD_SENDER,
    21660: BAD_SENDER,
    21661: BAD_SENDER,
    21701: SETTINGS,
    21703: BAD_SENDER,
    21704: BAD_SENDER,
    21705: SETTINGS,
    21708: SETTINGS,
    21712: BAD_SENDER,
    21730: BUSY,
    30001: BUSY,
    30002: SUSPENDED,
    30003: UNREACHABLE,
    30004: BLOCKED,
    30005: GONE,
    30006: LANDLINE,
    30007: FILTERED,
    30008: NETWORK,
    30010: QUOTA,  # price above the maximum we set
    30011: Meaning(ContentRefused),
    30017: BUSY,
    30018: UNREGISTERED,
    30019: TOO_LONG,
    30022: BUSY,
    30023: QUOTA,
    30024: BAD_SENDER,
    30026: BUSY,
    30027: QUOTA,
    30032: UNREGISTERED,
    30033: UNREGISTERED,
    30034: UNREGISTERED,
    30035: UNREGISTERED,
    30036: EXPIRED,
    30037: FILTERED,
    30038: FILTERED,
    30039: LOOP,
    30040: UNREGISTERED,
    30041: FILTERED,
    30042: NETWORK,
    30043: FILTERED,
    30044: SETTINGS,  # trial account, text too long
    30410: NETWORK,
    63017: BUSY,
    63018: BUSY,
    63038: QUOTA,
}


_MEANINGS: Final = {str(code): known for code, known in MEANINGS.items()}


def meaning(code: int | str | None) -> Meaning | None:
    """What we know of a code; nothing for one we have not met."""
    return _MEANINGS.get(str(code))


def explain(code: str) -> str | None:
    """The sentence for a clerk, of a code or of the HTTP status of an answer without one; None for one not met yet."""
    known = meaning(code)
    return (known.sentence or known.error.default_sentence) if known else explain_status(code)


def decision_on(code: str) -> Decision | None:
    """What such a code asks of us, as `error_for` reads it; one not met yet asks that somebody looks."""
    known = meaning(code) or _by_status(int(code) if code.isdecimal() else 0)
    return known.error.decision


def error_for(http_status: int, code: int | None, *, retry_after_s: float | None = None) -> ChannelError:
    """The error behind an answer that is not a success. A 5xx may have been acted upon, so nobody knows."""
    if http_status >= 500 or http_status == 408:
        return OutcomeUnknown(carrier_code=str(code or http_status))
    known = meaning(code) or _by_status(http_status)
    return known.error(known.sentence, carrier_code=str(code or http_status), retry_after_s=retry_after_s)


def _by_status(http_status: int) -> Meaning:
    if http_status == 429:
        return BUSY
    return SIGN_IN if http_status in (401, 403) else Meaning(Refused)

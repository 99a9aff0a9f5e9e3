"""SMPP's statuses in our words: what a carrier answers to a submit, and what its receipts say.

Source: SMPP v3.4 issue 1.2, 5.1.3 (command_status), 5.2.28 (message_state) and appendix B (receipt text). Carriers add
codes of their own from 0x400; those are kept as they are, and a person looks.
"""

from __future__ import annotations

import re
from typing import Final

from channels.base import DeliveryStatus
from channels.errors import AccountRefused, AddressRefused, ChannelError, ContentRefused, Decision, Refused, TryLater

SUBMIT_CODE: Final = re.compile(r"0x[0-9a-f]{8}")
NETWORK_CODE: Final = re.compile(r"[0-9A-Za-z]{1,3}")  # appendix B: three octets, here without leading zeros

SUBMIT_ERRORS: Final[dict[int, type[ChannelError]]] = {
    0x01: ContentRefused,  # message length
    0x04: TryLater,  # not bound for this: the link is being rebuilt
    0x08: TryLater,  # system error, nothing was kept
    0x0A: AccountRefused,  # source address
    0x0B: AddressRefused,  # destination address
    0x0D: AccountRefused,  # bind failed
    0x0E: AccountRefused,  # password
    0x0F: AccountRefused,  # system id
    0x14: TryLater,  # message queue full
    0x15: AccountRefused,  # service type
    0x43: ContentRefused,  # esm_class
    0x45: TryLater,  # submit failed
    0x48: AccountRefused,  # source type of number
    0x49: AccountRefused,  # source numbering plan
    0x50: AccountRefused,  # destination type of number, which we choose
    0x51: AccountRefused,  # destination numbering plan
    0x58: TryLater,  # throttled
    0x61: ContentRefused,  # scheduled time
    0x62: ContentRefused,  # expiry time
    0x64: TryLater,  # temporary application error
    0x65: Refused,  # permanent application error
    0x66: Refused,  # rejected
}

RECEIPT_STATES: Final = {
    "ENROUTE": DeliveryStatus.SENT,
    "ACCEPTD": DeliveryStatus.SENT,
    "DELIVRD": DeliveryStatus.DELIVERED,
    "EXPIRED": DeliveryStatus.UNDELIVERED,
    "DELETED": DeliveryStatus.UNDELIVERED,
    "UNDELIV": DeliveryStatus.UNDELIVERED,
    "REJECTD": DeliveryStatus.UNDELIVERED,
    "UNKNOWN": DeliveryStatus.UNKNOWN,
}

UNDELIVERED_SENTENCE: Final = "The phone's network could not deliver the text and gave no reason."
STATE_SENTENCES: Final = {  # of those that mean undelivered
    "EXPIRED": "The phone was out of reach for too long.",
    "DELETED": "The carrier deleted the text before it was delivered.",
    "UNDELIV": UNDELIVERED_SENTENCE,
    "REJECTD": Refused.default_sentence,
}
NETWORK_CODE_SENTENCE: Final = (
    "The phone's network could not deliver the text. Only the carrier knows what its code means."
)

MESSAGE_STATES: Final = {
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
}


def submit_error(status: int) -> ChannelError:
    """The error behind a submit that was answered with `status`; the answer means that nothing was kept."""
    return SUBMIT_ERRORS.get(status, Refused)(carrier_code=f"0x{status:08x}")


def explain(code: str) -> str | None:
    """The sentence for a clerk: of a code as `submit_error` keeps it, or of a receipt's `err`, which each network
    writes in its own way."""
    return explain_submit(code) or (NETWORK_CODE_SENTENCE if NETWORK_CODE.fullmatch(code) else None)


def explain_submit(code: str) -> str | None:
    """Of a code as `submit_error` keeps it."""
    known = SUBMIT_ERRORS.get(int(code, 16)) if SUBMIT_CODE.fullmatch(code) else None
    return known.default_sentence if known else None


def decision_on(code: str) -> Decision | None:
    """What a code as `submit_error` keeps it asks of us."""
    return submit_error(int(code, 16)).decision if SUBMIT_CODE.fullmatch(code) else None

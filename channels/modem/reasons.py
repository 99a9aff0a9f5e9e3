"""Why a modem or its network could not send: status reports and the modem's error numbers in our words.

Source: 3GPP TS 23.040 9.2.3.15 (TP-Status), 3GPP TS 27.005 3.2.5 and TS 24.011 annex E (+CMS ERROR).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from channels.base import DeliveryStatus
from channels.errors import AccountRefused, AddressRefused, Decision

NOT_DELIVERED_SENTENCE: Final = "The phone's network could not deliver the text and gave no reason."
EXPIRED_SENTENCE: Final = "The phone was out of reach for too long."
NETWORK_SENTENCE: Final = "The modem has no network, or the network is too busy."
UNKNOWN_NUMBER_SENTENCE: Final = "The network does not know this number."
SIM_SENTENCE: Final = "The modem's SIM card or its message centre number needs a look."
CMS_ERROR: Final = re.compile(r"CMS ERROR: (\d+)")


@dataclass(frozen=True, slots=True)
class Reason:
    code: str | None
    decision: Decision
    sentence: str


_UNKNOWN_NUMBERS: Final = frozenset({1, 27, 28, 30})
_SIM: Final = frozenset({310, 311, 312, 313, 314, 315, 316, 317, 318, 330})
_NETWORK: Final = frozenset({38, 41, 42, 47, 331, 332})


def report_status(status: int) -> DeliveryStatus:
    """What a status report means: 0-31 done, 32-63 still trying, the rest given up."""
    if status < 32:
        return DeliveryStatus.DELIVERED
    return DeliveryStatus.SENT if status < 64 else DeliveryStatus.UNDELIVERED


def report_reason(status: int) -> Reason:
    code = str(status)
    if status == 67:  # not obtainable
        return Reason(code, AddressRefused.decision, UNKNOWN_NUMBER_SENTENCE)
    return Reason(code, Decision.TRY_LATER, EXPIRED_SENTENCE if status == 70 else NOT_DELIVERED_SENTENCE)


def failure_reason(words: str) -> Reason:
    """Why smsd gave up, from its `Fail_reason`."""
    found = CMS_ERROR.search(words)
    return _error_reason(int(found.group(1)) if found else None)


def explain(code: str) -> str | None:
    """The sentence for a clerk. A report's number and a modem's do not mean different things where both exist."""
    if not code.isdecimal():
        return None
    number = int(code)
    is_report = number < 256 and report_status(number) is DeliveryStatus.UNDELIVERED
    return (report_reason(number) if is_report else _error_reason(number)).sentence


def _error_reason(number: int | None) -> Reason:
    code = None if number is None else str(number)
    if number in _UNKNOWN_NUMBERS:
        return Reason(code, AddressRefused.decision, UNKNOWN_NUMBER_SENTENCE)
    if number in _SIM:
        return Reason(code, AccountRefused.decision, SIM_SENTENCE)
    return Reason(code, Decision.TRY_LATER, NETWORK_SENTENCE if number in _NETWORK else NOT_DELIVERED_SENTENCE)

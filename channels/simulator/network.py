"""The simulator's network: a store of texts and calls, given to the carrier by whoever owns the phones.

The server keeps it in the database so that every process sees one network; `InMemoryNetwork` serves tests and the
terminal. The network decides nothing: what a phone does with a text is the carrier's business (`carrier.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from channels.base import CallOutcome, DeliveryStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class PhoneBehaviour(StrEnum):
    """How a simulated phone behaves; the ordinary one receives texts and rings until somebody answers."""

    ORDINARY = "ordinary"
    NO_COVERAGE = "no_coverage"  # texts wait at the network; calls are not answered
    SWITCHED_OFF = "switched_off"  # texts come back as undelivered; calls are not answered
    LANDLINE = "landline"  # texts come back as undelivered to a landline; calls ring
    BUSY = "busy"  # texts arrive; calls find the line busy
    OPTED_OUT = "opted_out"  # the carrier refuses texts; calls ring
    NOT_IN_USE = "not_in_use"  # the carrier refuses texts and calls


@dataclass(frozen=True, slots=True)
class SimulatedText:
    """A text from us to a phone. `status` is what the carrier has last reported to us."""

    carrier_id: str
    attempt_token: str
    to: str
    sender: str
    text: str
    sent_at: datetime
    status: DeliveryStatus = DeliveryStatus.UNKNOWN


@dataclass(frozen=True, slots=True)
class SimulatedCall:
    """A call from us to a phone. `outcome` is what became of it so far; `reported` what the carrier has told us."""

    carrier_id: str
    call_token: str
    to: str
    sender: str
    placed_at: datetime
    ring_s: int
    outcome: CallOutcome = CallOutcome.RINGING
    reported: CallOutcome | None = None

    @property
    def has_news(self) -> bool:
        return self.outcome is CallOutcome.RINGING or self.outcome is not self.reported


class SimulatorNetwork(Protocol):
    """What the simulator needs kept. Every text is a new row: hiding a second copy would hide our mistakes."""

    def keep_text(self, text: SimulatedText) -> None:
        """Keep one more text; its phone shows it from now on."""

    def texts_to(self, number: str, since: datetime) -> Sequence[SimulatedText]:
        """Texts handed over for `number` at or after `since`."""

    def unreported_texts(self, limit: int) -> Sequence[SimulatedText]:
        """Oldest texts whose status is not final, except SENT ones to phones that still have no coverage."""

    def report_text(self, carrier_id: str, status: DeliveryStatus) -> None:
        """The receipt with `status` has been taken."""

    def keep_call(self, call: SimulatedCall) -> None:
        """Keep one more call; its phone rings from now on."""

    def call(self, carrier_id: str) -> SimulatedCall | None:
        """One call."""

    def calls_to(self, number: str, since: datetime) -> Sequence[SimulatedCall]:
        """Calls placed to `number` at or after `since`."""

    def unreported_calls(self, limit: int) -> Sequence[SimulatedCall]:
        """Oldest calls that still ring, or whose outcome has not been reported."""

    def change_call(self, carrier_id: str, outcome: CallOutcome) -> None:
        """The phone was picked up, put down, declined, or rang out."""

    def report_call(self, carrier_id: str, outcome: CallOutcome) -> None:
        """The receipt with `outcome` has been taken."""

    def behaviour_of(self, number: str) -> PhoneBehaviour:
        """How this phone behaves at the moment."""


@dataclass
class InMemoryNetwork:
    """A network for tests and for one terminal; forgets everything with its process."""

    behaviours: dict[str, PhoneBehaviour] = field(default_factory=dict)
    texts: dict[str, SimulatedText] = field(default_factory=dict)
    calls: dict[str, SimulatedCall] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def keep_text(self, text: SimulatedText) -> None:
        with self._lock:
            self.texts[text.carrier_id] = text

    def texts_to(self, number: str, since: datetime) -> list[SimulatedText]:
        return [text for text in list(self.texts.values()) if text.to == number and text.sent_at >= since]

    def unreported_texts(self, limit: int) -> list[SimulatedText]:
        return [text for text in list(self.texts.values()) if self._has_news(text)][:limit]

    def report_text(self, carrier_id: str, status: DeliveryStatus) -> None:
        with self._lock:
            self.texts[carrier_id] = replace(self.texts[carrier_id], status=status)

    def keep_call(self, call: SimulatedCall) -> None:
        with self._lock:
            self.calls[call.carrier_id] = call

    def call(self, carrier_id: str) -> SimulatedCall | None:
        return self.calls.get(carrier_id)

    def calls_to(self, number: str, since: datetime) -> list[SimulatedCall]:
        return [call for call in list(self.calls.values()) if call.to == number and call.placed_at >= since]

    def unreported_calls(self, limit: int) -> list[SimulatedCall]:
        calls = list(self.calls.values())
        return [call for call in calls if call.outcome is CallOutcome.RINGING or call.outcome is not call.reported][
            :limit
        ]

    def change_call(self, carrier_id: str, outcome: CallOutcome) -> None:
        with self._lock:
            self.calls[carrier_id] = replace(self.calls[carrier_id], outcome=outcome)

    def report_call(self, carrier_id: str, outcome: CallOutcome) -> None:
        with self._lock:
            self.calls[carrier_id] = replace(self.calls[carrier_id], reported=outcome)

    def behaviour_of(self, number: str) -> PhoneBehaviour:
        return self.behaviours.get(number, PhoneBehaviour.ORDINARY)

    def _has_news(self, text: SimulatedText) -> bool:
        waits = text.status is DeliveryStatus.SENT and self.behaviour_of(text.to) is PhoneBehaviour.NO_COVERAGE
        return not text.status.is_final and not waits

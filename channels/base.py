"""The small types every carrier speaks, and the five verbs it offers.

A carrier's own words (its statuses, codes, parameter names) stop at its folder; what leaves the folder are these types.
Urls and signed requests have their own module (`webhook.py`), errors theirs (`errors.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from channels.errors import Decision
    from channels.webhook import WebhookAnswer, WebhookRequest
    from forms.render.voice import VoicePrompt


class Channel(StrEnum):
    """How the patient is reached."""

    SMS = "sms"
    VOICE = "voice"
    WEB = "web"


class DeliveryStatus(StrEnum):
    """What a carrier says became of a message; the order of the members is the order of the ranks."""

    UNKNOWN = "unknown"  # a word we do not know: kept, logged, changes nothing
    ACCEPTED = "accepted"
    SENT = "sent"
    UNDELIVERED = "undelivered"
    DELIVERED = "delivered"

    @property
    def rank(self) -> int:
        return list(DeliveryStatus).index(self)

    @property
    def is_final(self) -> bool:
        return self in (DeliveryStatus.UNDELIVERED, DeliveryStatus.DELIVERED)


def later_status(current: DeliveryStatus, heard: DeliveryStatus) -> DeliveryStatus:
    """The status to keep after hearing `heard`: the higher rank, so that receipts in any order end alike.

    Delivered outranks undelivered: carriers report the first failed try of a message that then arrives.
    """
    return max(current, heard, key=lambda status: status.rank)


class CallOutcome(StrEnum):
    """How a call stands or ended."""

    RINGING = "ringing"
    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    CANCELLED = "cancelled"
    FAILED = "failed"
    COMPLETED = "completed"
    UNKNOWN = "unknown"


class AnsweredBy(StrEnum):
    HUMAN = "human"
    MACHINE = "machine"
    UNSURE = "unsure"


# --- heard from a carrier ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture or sound sent with a text, named by the carrier's ids; fetched later, never by a url from a request."""

    carrier_id: str
    content_type: str


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A text from a phone. `(carrier, carrier_id)` is unique: the same one again is the same message.

    `text` is exactly what was received. `consent_word` is the carrier's own reading ("stop", "start", "help") when it
    has already answered the patient itself; then nobody answers a second time.
    """

    carrier: str
    carrier_id: str
    sender: str
    recipient: str
    text: str
    received_at: datetime
    attachments: tuple[Attachment, ...] = ()
    segments: int | None = None
    consent_word: str | None = None


@dataclass(frozen=True, slots=True)
class StatusReceipt:
    """A carrier's word on one of our messages. It may come twice, late, out of order, or before `send` has returned.

    `attempt_token` is ours, from the callback url; `carrier_id` is the carrier's. At least one is there.
    """

    carrier: str
    carrier_id: str | None
    attempt_token: str | None
    status: DeliveryStatus
    carrier_status: str
    heard_at: datetime
    carrier_code: str | None = None
    decision: Decision | None = None
    sentence: str | None = None


@dataclass(frozen=True, slots=True)
class InboundCall:
    """A phone is on the line and waits for the first prompt. `call_token` is ours when we placed the call."""

    carrier: str
    carrier_id: str
    caller: str
    called: str
    received_at: datetime
    call_token: str | None = None
    answered_by: AnsweredBy | None = None


@dataclass(frozen=True, slots=True)
class Keypress:
    """The caller's keys for one turn; `keys` is empty when they pressed nothing in time.

    `(carrier, carrier_id, turn)` is unique: the same one again re-reads the prompt and changes nothing.
    """

    carrier: str
    carrier_id: str
    call_token: str | None
    turn: int
    keys: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Recording:
    """Spoken words kept by the carrier for one turn, fetched later by its id."""

    carrier: str
    carrier_id: str
    call_id: str
    call_token: str | None
    turn: int | None
    seconds: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class CallReceipt:
    """A carrier's word on a call we placed or took."""

    carrier: str
    carrier_id: str
    call_token: str | None
    outcome: CallOutcome
    carrier_status: str
    heard_at: datetime
    seconds: int | None = None
    answered_by: AnsweredBy | None = None
    carrier_code: str | None = None
    decision: Decision | None = None
    sentence: str | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """Genuine, but not for us: answered 2xx and noted."""

    carrier: str
    reason: str


Event = InboundMessage | StatusReceipt | InboundCall | Keypress | Recording | CallReceipt | Ignored


# --- said to a carrier ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One text to one phone: one attempt. `attempt_token` is opaque, ours, and unique to the attempt.

    `sender` overrides the carrier's configured sender. `not_after` is given to carriers that can expire a message.
    `parts_done` tells a carrier that sends long texts part by part how many parts an earlier attempt got accepted.
    """

    attempt_token: str
    to: str
    text: str
    sender: str | None = None
    not_after: datetime | None = None
    parts_done: int = 0


@dataclass(frozen=True, slots=True)
class OutboundCall:
    """One call to one phone: one attempt. What to say is asked for when the phone is picked up."""

    attempt_token: str
    to: str
    sender: str | None = None
    ring_s: int = 30


@dataclass(frozen=True, slots=True)
class CallTurn:
    """Where a prompt stands: which call (our token) and which turn. Both ride in the url the keys are sent to."""

    call_token: str
    turn: int


@dataclass(frozen=True, slots=True)
class SendReceipt:
    """The carrier has the message. `part_ids` holds every part's id when the carrier counts parts separately."""

    carrier: str
    carrier_id: str
    carrier_status: str
    segments: int | None = None
    part_ids: tuple[str, ...] = ()


class FindingKind(StrEnum):
    FOUND = "found"
    ABSENT = "absent"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a carrier says of an uncertain attempt. Absent is its word at this moment: ask again before believing it."""

    kind: FindingKind
    receipt: SendReceipt | None = None


# --- carriers ---------------------------------------------------------------------------------------------------------


@runtime_checkable
class Carrier(Protocol):
    """Someone who carries texts. Safe to use from several threads."""

    @property
    def name(self) -> str: ...

    def verify(self, request: WebhookRequest) -> None:
        """Return when `request` is genuine; raise `ForgedRequest` otherwise, so that a forgotten look fails closed."""

    def parse(self, request: WebhookRequest, now: datetime) -> Event:
        """The one thing a verified request says; raise `UnreadableRequest` when its shape is wrong."""

    def acknowledge(self, event: Event) -> WebhookAnswer:
        """What to answer the carrier once the event is committed."""

    def render(self, message: OutboundMessage) -> Mapping[str, str]:
        """The message in the carrier's own parameters. Pure; changes no word."""

    def send(self, message: OutboundMessage) -> SendReceipt:
        """Hand the message over, once; raise a `ChannelError` otherwise, `OutcomeUnknown` when nobody can tell."""

    def find(self, message: OutboundMessage, since: datetime, *, known_ids: Collection[str] = ()) -> Finding:
        """Ask the carrier whether the uncertain attempt begun at `since` arrived; `known_ids` are other attempts'.

        Raises a `ChannelError` when the carrier could not be asked.
        """


@runtime_checkable
class VoiceCarrier(Protocol):
    """Someone who carries calls. Safe to use from several threads."""

    @property
    def name(self) -> str: ...

    def verify(self, request: WebhookRequest) -> None:
        """As `Carrier.verify`."""

    def parse(self, request: WebhookRequest, now: datetime) -> Event:
        """As `Carrier.parse`."""

    def acknowledge(self, event: Event) -> WebhookAnswer:
        """What to answer to an event that waits for no prompt."""

    def render(self, prompt: VoicePrompt, turn: CallTurn) -> WebhookAnswer:
        """The prompt as this carrier plays it; keys come back with `turn`. One that expects no keys ends the call."""

    def send(self, call: OutboundCall) -> SendReceipt:
        """Place the call, once; errors as `Carrier.send`."""

    def find(self, call: OutboundCall, since: datetime, *, known_ids: Collection[str] = ()) -> Finding:
        """As `Carrier.find`."""


@runtime_checkable
class Collector(Protocol):
    """A carrier we must fetch from (a spool folder, an SMPP link, the simulator) because it cannot call us."""

    @property
    def name(self) -> str: ...

    def collect(self, handle: Callable[[Event], None], *, wait_s: float = 0.0) -> int:
        """Give every waiting event to `handle`, waiting up to `wait_s` for a first one; return how many.

        An event leaves the carrier only after `handle` returned (commit first); when it raises, the event comes again.
        Raises a `ChannelError` when the carrier cannot be reached.
        """

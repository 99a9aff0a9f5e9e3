"""Message states and classes: closed sets, allowed moves, and the pure decisions about sending."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class MessageClass(StrEnum):
    """What may be done when nobody knows whether it was sent (promise P2)."""

    URGENT = "urgent"
    REMINDER = "reminder"
    CLINICAL = "clinical"
    REPLY = "reply"


class Priority(IntEnum):
    """Lower goes first: replies before reminders before bulk, and what is urgent before all."""

    URGENT = 0
    REPLY = 20
    REMINDER = 50
    BULK = 80


class MessageState(StrEnum):
    """Outbound: pending -> claimed -> attempting -> accepted -> sent -> delivered | undelivered, and side states.
    Inbound: received -> handled."""

    PENDING = "pending"
    CLAIMED = "claimed"
    ATTEMPTING = "attempting"
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"
    DEAD = "dead"
    RECEIVED = "received"
    HANDLED = "handled"


class Reason(StrEnum):
    """Why a message ended, or stands, where it does."""

    TOO_LATE = "too_late"
    QUIET_HOURS = "quiet_hours"
    OPTED_OUT = "opted_out"
    PATIENT_NOT_ACTIVE = "patient_not_active"
    NOT_A_PHONE = "not_a_phone"
    CONTACT_SUSPENDED = "contact_suspended"
    COUNTRY_NOT_ALLOWED = "country_not_allowed"
    REPLY_BUDGET = "reply_budget"
    SPEND_CAP = "spend_cap"
    PACED = "paced"
    POISON = "poison"
    UNREADABLE = "unreadable"
    NO_CARRIER = "no_carrier"
    CARRIER_SICK = "carrier_sick"
    PROBABLY_SENT = "probably_sent"
    MAYBE_TWICE = "maybe_twice"
    UNSETTLED = "unsettled"


HELD_BACK = (Reason.SPEND_CAP, Reason.PACED, Reason.CARRIER_SICK, Reason.NO_CARRIER)  # for a while, not by the patient


class Outcome(StrEnum):
    """How an attempt ended."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    PUT_OFF = "put_off"
    UNCERTAIN = "uncertain"
    SETTLED_SENT = "settled_sent"
    SETTLED_NOT_SENT = "settled_not_sent"
    UNSETTLED = "unsettled"


USUAL_COSTS = {"sms": 1.0, "voice": 5.0}  # of a segment and a call, where a clinic says nothing else
FOR_REMINDERS = ("reminder", "reminder_call", "notice")  # purposes of messages that tell a patient of an appointment
FOR_FORMS = ("question", "question_call")  # and by which a form is asked
NOT_YET_HANDED_OVER = (MessageState.PENDING, MessageState.CLAIMED)
MOST_FRUITLESS_TRIES = 5  # tries that ended without the carrier's word; then the message is set aside
DEFAULT_LIFE = timedelta(hours=24)  # not-after of a message whose sender named none
SETTLE_WITHIN = timedelta(minutes=15)
A_POLL = timedelta(seconds=30)  # a runner at work looks more often
REPLIES_PER_HOUR = 60  # to one address: a form of forty questions fits, two machines talking to each other do not

# A receipt moves a message up, never down; what stands before the carrier's first word has rank 0.
_RANKS = {
    MessageState.ACCEPTED: 1,
    MessageState.SENT: 2,
    MessageState.UNDELIVERED: 3,
    MessageState.DELIVERED: 4,
}


def is_news(current: MessageState, heard: MessageState) -> bool:
    """Whether a receipt that says `heard` changes a message that stands at `current`."""
    return _RANKS.get(heard, 0) > _RANKS.get(current, 0)


def backoff_s(put_off: int, roll: float) -> float:
    """Seconds until the next try after `put_off` answers of "later": 5 s doubling to 15 min, half of it jitter.

    `roll` is a random number from 0 to 1.
    """
    full: float = min(5.0 * 2.0 ** min(put_off, 10), 900.0)
    return full * (0.5 + roll / 2)


@dataclass(frozen=True)
class Facts:
    """What the gate knows about one message at hand-over time."""

    now: datetime
    not_after: datetime | None
    fruitless_tries: int
    patient_is_active: bool = True
    may_be_answered: bool = True
    country_is_allowed: bool = True
    refusal: str | None = None  # from consent and opt-outs; None: may be reached
    replies_last_hour: int = 0
    is_reply: bool = False
    quiet_until: datetime | None = None


@dataclass(frozen=True)
class Verdict:
    """`state` PENDING with `wait_until`: not now. CLAIMED: go. Anything else: it ends here, with `reason`."""

    state: MessageState
    reason: str | None = None
    wait_until: datetime | None = None


GO = Verdict(MessageState.CLAIMED)


def judge(facts: Facts) -> Verdict:
    """May this message leave now? Checked inside the claim, so that nothing is sent on yesterday's answer."""
    if facts.not_after is not None and facts.now > facts.not_after:
        return Verdict(MessageState.EXPIRED, Reason.TOO_LATE)
    if facts.fruitless_tries >= MOST_FRUITLESS_TRIES:
        return Verdict(MessageState.DEAD, Reason.POISON)
    if refusal := _refusal(facts):
        return Verdict(MessageState.SUPPRESSED, refusal)
    if facts.quiet_until is None:
        return GO
    if facts.not_after is not None and facts.quiet_until > facts.not_after:
        return Verdict(MessageState.EXPIRED, Reason.QUIET_HOURS)
    return Verdict(MessageState.PENDING, wait_until=facts.quiet_until)


def _refusal(facts: Facts) -> str | None:
    if not facts.patient_is_active:
        return Reason.PATIENT_NOT_ACTIVE
    if not facts.may_be_answered:
        return Reason.NOT_A_PHONE
    if not facts.country_is_allowed:
        return Reason.COUNTRY_NOT_ALLOWED
    if facts.refusal is not None:
        return facts.refusal
    if facts.is_reply and facts.replies_last_hour >= REPLIES_PER_HOUR:
        return Reason.REPLY_BUDGET
    return None


def free_after(free_at: datetime, due_at: datetime, *, now: datetime, takes: timedelta) -> datetime:
    """When a line that was free at `free_at` is so again, after a text due at `due_at` that `takes` so long.

    The text counts from the moment it could have left, so that a runner that polls keeps the pace. Missed by more than
    a poll, nobody was at work, and all would go at once: then it counts from now.
    """
    moment = max(free_at, due_at)
    return (moment if moment > now - A_POLL else now) + takes


@dataclass(frozen=True)
class LastWord:
    """What becomes of a message nobody could settle in time."""

    state: MessageState
    reason: Reason
    needs_a_person: bool


def last_word(message_class: MessageClass) -> LastWord:
    """After 15 minutes: what is urgent goes again, a reminder or reply most likely arrived, a person decides the rest.

    19 of 20 doubtful messages had in fact arrived when this was measured, hence no second copy by default.
    """
    if message_class is MessageClass.URGENT:
        return LastWord(MessageState.PENDING, Reason.MAYBE_TWICE, needs_a_person=False)
    if message_class is MessageClass.CLINICAL:
        return LastWord(MessageState.UNCERTAIN, Reason.UNSETTLED, needs_a_person=True)
    return LastWord(MessageState.ACCEPTED, Reason.PROBABLY_SENT, needs_a_person=False)

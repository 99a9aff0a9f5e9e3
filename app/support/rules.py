"""Tickets: closed sets, allowed moves, and the pure decisions about who gets which ticket and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

LEASE = timedelta(minutes=15)  # a holder who does nothing for so long gives the ticket back
LIVE_FOR = timedelta(hours=2)  # who wrote so recently is awake: an answer may come at night
UNDO_S = 10  # a reply waits this long before it leaves, so that it can be taken back
PREFERENCE_LASTS = timedelta(minutes=20)  # after this wait any fitting agent may take it, whatever the language


class TicketState(StrEnum):
    OPEN = "open"
    CLAIMED = "claimed"
    SNOOZED = "snoozed"
    CLOSED = "closed"


class Urgency(StrEnum):
    """Sorted backwards by its own letters, the most urgent comes first: urgent, soon, routine."""

    URGENT = "urgent"
    SOON = "soon"
    ROUTINE = "routine"


class Topic(StrEnum):
    """What a queue is about. `clinical` asks for a clinical skill, always."""

    GENERAL = "general"
    CLINICAL = "clinical"
    SCHEDULING = "scheduling"
    TECHNICAL = "technical"


class TicketReason(StrEnum):
    """Why a person is needed, a code; the sentences are in `app/support/sentences.py`, translated."""

    NOT_UNDERSTOOD = "not_understood"
    ASKED_FOR_PERSON = "asked_for_person"
    RED_FLAG = "red_flag"
    LADDER_RAN_OUT = "ladder_ran_out"
    WANTS_MOVE = "wants_move"
    WANTS_CANCEL = "wants_cancel"
    WRONG_NUMBER = "wrong_number"
    WHO_IS_SPEAKING = "who_is_speaking"
    UNCERTAIN_MESSAGE = "uncertain_message"
    UNDELIVERED = "undelivered"
    FILING_REJECTED = "filing_rejected"
    FILING_CONFLICT = "filing_conflict"
    LATE_ANSWER = "late_answer"
    CALL_BACK = "call_back"
    UNEXPECTED_MESSAGE = "unexpected_message"
    IMPORT_PROBLEM = "import_problem"


class EventKind(StrEnum):
    """What can happen to a ticket; each is a row."""

    OPENED = "opened"
    CLAIMED = "claimed"
    RELEASED = "released"
    REPLIED = "replied"
    REPLY_UNDONE = "reply_undone"
    PATIENT_WROTE = "patient_wrote"
    NOTED = "noted"
    TRANSFERRED = "transferred"
    SNOOZED = "snoozed"
    ESCALATED = "escalated"
    BREACHED = "breached"
    CALLED = "called"
    MERGED = "merged"
    CLOSED = "closed"
    REOPENED = "reopened"
    FLAGGED = "flagged"
    FORM_SENT = "form_sent"
    LINK_SENT = "link_sent"
    PATHWAY_STARTED = "pathway_started"


class Outcome(StrEnum):
    """How a ticket ended."""

    ANSWERED = "answered"
    BOOKED = "booked"
    REFERRED = "referred"
    NO_ANSWER = "no_answer"
    NOT_NEEDED = "not_needed"
    MERGED = "merged"


class CallOutcome(StrEnum):
    """How a call to the patient went."""

    REACHED = "reached"
    VOICEMAIL = "voicemail"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    WRONG_PERSON = "wrong_person"


TOPIC_OF: Mapping[TicketReason, Topic] = {
    TicketReason.RED_FLAG: Topic.CLINICAL,
    TicketReason.WANTS_MOVE: Topic.SCHEDULING,
    TicketReason.WANTS_CANCEL: Topic.SCHEDULING,
    TicketReason.LADDER_RAN_OUT: Topic.SCHEDULING,
    TicketReason.UNCERTAIN_MESSAGE: Topic.TECHNICAL,
    TicketReason.UNDELIVERED: Topic.TECHNICAL,
    TicketReason.FILING_REJECTED: Topic.TECHNICAL,
    TicketReason.FILING_CONFLICT: Topic.TECHNICAL,
    TicketReason.IMPORT_PROBLEM: Topic.TECHNICAL,
}

_MOVES: Mapping[TicketState, frozenset[TicketState]] = {
    TicketState.OPEN: frozenset({TicketState.CLAIMED, TicketState.SNOOZED, TicketState.CLOSED}),
    TicketState.CLAIMED: frozenset({TicketState.OPEN, TicketState.CLAIMED, TicketState.SNOOZED, TicketState.CLOSED}),
    TicketState.SNOOZED: frozenset({TicketState.OPEN, TicketState.CLAIMED, TicketState.CLOSED}),
    TicketState.CLOSED: frozenset({TicketState.OPEN}),
}


def stricter(one: Urgency, other: Urgency) -> Urgency:
    """The more urgent of two."""
    return min(one, other, key=list(Urgency).index)


def topic_of(reason: TicketReason) -> Topic:
    return TOPIC_OF.get(reason, Topic.GENERAL)


def may_move(from_: TicketState, to: TicketState) -> bool:
    return to in _MOVES[from_]


def is_free(state: TicketState, *, lease_until: datetime | None, machine_now: datetime) -> bool:
    """Whether anyone may take the ticket: it is open, or its holder's lease has run out."""
    if state is TicketState.CLAIMED:
        return lease_until is None or lease_until <= machine_now
    return state is TicketState.OPEN


@dataclass(frozen=True)
class Taker:
    """What the choice of a ticket needs to know of an agent."""

    languages: Mapping[str, str]  # tag -> read | converse
    skills: frozenset[str]


@dataclass(frozen=True)
class Needs:
    """What a queue asks of whoever takes its tickets. Required parts never relax; preferences do."""

    skills: frozenset[str] = frozenset()
    language: bool = False  # nobody who does not know the patient's language
    preference_lasts: timedelta = PREFERENCE_LASTS


NOTHING_SPECIAL = Needs()


def needs_of(settings: Mapping[str, Any]) -> Needs:
    """From a queue's settings: `requires` (skills), `requires_language`, `relaxes_after` (minutes)."""
    if not settings:
        return NOTHING_SPECIAL
    minutes = settings.get("relaxes_after")
    return Needs(
        skills=frozenset(settings.get("requires", ())),
        language=bool(settings.get("requires_language")),
        preference_lasts=PREFERENCE_LASTS if minutes is None else timedelta(minutes=minutes),
    )


@dataclass(frozen=True)
class Waiting:
    """What the choice needs to know of a ticket that waits."""

    topic: Topic
    urgency: Urgency
    locale: str
    is_raised: bool  # released to the top by the escalation ladder
    since: datetime
    is_call: bool = False  # somebody must speak with the patient, reading is not enough
    needs: Needs = NOTHING_SPECIAL


def may_take(taker: Taker, waiting: Waiting) -> bool:
    """The required part, however long it waits: a clinical skill for clinical work, and what the queue insists on."""
    if waiting.topic is Topic.CLINICAL and Topic.CLINICAL.value not in taker.skills:
        return False
    if waiting.needs.language and _language_gap(taker, waiting) > 1:
        return False
    return waiting.needs.skills <= taker.skills


def order_for(taker: Taker, waiting: Waiting, now: datetime) -> tuple[int, int, int, datetime]:
    """Sort key, smallest first: urgency, raised ones, how well it fits while that preference lasts, then age.

    Fit: the patient's language (spoken before read), then the topic's own skill.
    """
    is_preferring = now - waiting.since < waiting.needs.preference_lasts
    lacks_skill = waiting.topic not in (Topic.GENERAL, Topic.CLINICAL) and waiting.topic.value not in taker.skills
    misfit = 2 * _language_gap(taker, waiting) + lacks_skill if is_preferring else 0
    return (list(Urgency).index(waiting.urgency), not waiting.is_raised, misfit, waiting.since)


def _language_gap(taker: Taker, waiting: Waiting) -> int:
    """0 when the agent converses in the patient's language, 1 when reading it is enough, 2 when it is foreign."""
    language = waiting.locale.replace("_", "-").partition("-")[0]
    levels = {level for tag, level in taker.languages.items() if tag.partition("-")[0] == language}
    if "converse" in levels:
        return 0
    return 1 if "read" in levels and not waiting.is_call else 2


def is_live_exchange(last_words_at: datetime, now: datetime) -> bool:
    """Whether an answer may ignore quiet hours: the patient wrote a moment ago and waits for it."""
    return now - last_words_at < LIVE_FOR


class Timer(StrEnum):
    """The three promises about a ticket."""

    CLAIM = "claim"
    ANSWER = "answer"
    CLOSE = "close"


@dataclass(frozen=True)
class Targets:
    """How long each promise may take; urgent tickets count every hour, the others only the desk's open hours."""

    claim: timedelta
    answer: timedelta
    close: timedelta
    is_around_the_clock: bool = False


DEFAULT_TARGETS: Mapping[Urgency, Targets] = {
    Urgency.URGENT: Targets(timedelta(minutes=10), timedelta(minutes=30), timedelta(hours=4), is_around_the_clock=True),
    Urgency.SOON: Targets(timedelta(hours=1), timedelta(hours=4), timedelta(hours=18)),
    Urgency.ROUTINE: Targets(timedelta(hours=4), timedelta(hours=9), timedelta(hours=27)),
}


class Rung(StrEnum):
    """The escalation ladder of a ticket that missed a deadline, in order."""

    REMIND = "remind"
    RELEASE = "release"
    SUPERVISOR = "supervisor"
    ON_CALL = "on_call"


LADDER: tuple[Rung, ...] = tuple(Rung)
RAISED_FROM = LADDER.index(Rung.RELEASE) + 1  # a ticket that climbed so many rungs stands at the top of its urgency
SUPERVISED_FROM = LADDER.index(Rung.SUPERVISOR) + 1  # from here on supervisors see it at the top of their list
RUNG_WAIT: Mapping[Urgency, timedelta] = {
    Urgency.URGENT: timedelta(minutes=5),
    Urgency.SOON: timedelta(minutes=30),
    Urgency.ROUTINE: timedelta(hours=4),
}


def missed(
    *, now: datetime, claim_due: datetime | None, answer_due: datetime | None, close_due: datetime | None
) -> list[tuple[Timer, datetime]]:
    """The deadlines that have passed, the earliest first; a met deadline is None."""
    timers = ((Timer.CLAIM, claim_due), (Timer.ANSWER, answer_due), (Timer.CLOSE, close_due))
    return sorted(((name, due) for name, due in timers if due is not None and due <= now), key=lambda each: each[1])


@dataclass(frozen=True)
class Climbs:
    """The ladder a queue has for one urgency: its rungs, and how long after one the next is climbed."""

    rungs: tuple[Rung, ...]
    wait: timedelta


def climbs_of(settings: Mapping[str, Any], urgency: Urgency) -> Climbs:
    """From a queue's settings: `rung_waits` (minutes by urgency), `rings_on_call` (urgencies; unless set, urgent)."""
    minutes = settings.get("rung_waits", {}).get(urgency.value)
    rings = urgency.value in settings.get("rings_on_call", (Urgency.URGENT.value,))
    return Climbs(
        rungs=LADDER if rings else LADDER[: LADDER.index(Rung.ON_CALL)],
        wait=RUNG_WAIT[urgency] if minutes is None else timedelta(minutes=minutes),
    )


def next_rung(climbs: Climbs, *, climbed: int, missed_at: datetime, now: datetime) -> Rung | None:
    """The rung to climb now, or None: the first at the missed deadline, each further one a wait later."""
    if climbed >= len(climbs.rungs) or now < missed_at + climbed * climbs.wait:
        return None
    return climbs.rungs[climbed]


def closeness(settings: Mapping[str, Any], *, locale: str, urgency: Urgency) -> int | None:
    """How closely a queue asks for such a ticket: how many of its conditions (`languages`, `urgencies`) the ticket
    meets; None when it does not meet one."""
    language = locale.replace("_", "-").partition("-")[0]
    asked = [(settings.get("languages"), language), (settings.get("urgencies"), urgency.value)]
    conditions = [value in wanted for wanted, value in asked if wanted]
    return len(conditions) if all(conditions) else None

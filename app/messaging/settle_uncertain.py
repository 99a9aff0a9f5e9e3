"""Settle what nobody knows the fate of: ask the carrier, believe "absent" only the second time, and after 15 minutes
let the message's class decide (promise P2). A receipt that names our attempt settles it sooner, in record_receipt.

Whoever sends waits for us: a carrier that is being left alone for its failures is not asked, and a round asks for a few
seconds only. What it leaves is the first of the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.events import record_event
from app.core.faults import fault_point
from app.core.ground import Ground
from app.core.log import logger
from app.core.models import Clinic
from app.messaging.apply_word import Word, apply_word
from app.messaging.models import Message, MessageAttempt
from app.messaging.rules import SETTLE_WITHIN, MessageClass, MessageState, Outcome, last_word
from app.messaging.store import ids_known_to, in_state, is_in_someones_hands, locked_message, newest_attempt
from channels.base import Channel, DeliveryStatus, Finding, FindingKind, OutboundCall, OutboundMessage
from channels.errors import ChannelError
from channels.registry import BuiltCarrier


@dataclass(frozen=True)
class Patience:
    """How often to ask, how long "absent" must stay true, when policy decides, and after how long a round of asking
    begins no other (machine time)."""

    between_looks: timedelta = timedelta(seconds=30)
    absent_for: timedelta = timedelta(seconds=60)
    within: timedelta = SETTLE_WITHIN
    a_round: timedelta = timedelta(seconds=2)


@dataclass(frozen=True)
class Settled:
    sent: int = 0
    not_sent: int = 0
    by_class: int = 0
    still_open: int = 0


@dataclass(frozen=True)
class _Doubt:
    """One uncertain attempt, as plain values."""

    message_id: int
    attempt_id: int
    lease_token: int | None
    carrier: BuiltCarrier | None
    outbound: OutboundMessage | OutboundCall
    since: datetime
    known_ids: tuple[str, ...]


USUAL_PATIENCE = Patience()


def settle_uncertain(ground: Ground, *, limit: int = 50, patience: Patience = USUAL_PATIENCE) -> Settled:
    """Look once at each uncertain message whose next look is due, the longest waiting first, while the round lasts. No
    transaction is open while a carrier is asked."""
    counts = {"sent": 0, "not_sent": 0, "by_class": 0, "still_open": 0}
    due_by = ground.clock.machine_now()
    for _ in range(limit):
        message_id = _take(ground, due_by, patience)
        if message_id is None:
            break
        doubt = _doubt_about(ground, message_id)
        if doubt is None:
            continue
        fault_point("in_settle")
        finding = _ask(ground, doubt)
        with ground.database.write() as session:
            counts[_settle(session, doubt, finding, ground=ground, patience=patience)] += 1
        if ground.clock.machine_now() - due_by > patience.a_round:
            break
    return Settled(**counts)


def _take(ground: Ground, due_by: datetime, patience: Patience) -> int | None:
    """The next to look into, its next look already set, so that no two settlers ask about one message."""
    wanted = (
        select(Message.id)
        .where(is_in_someones_hands(), in_state(MessageState.UNCERTAIN), Message.lease_until <= due_by)
        .order_by(Message.lease_until, Message.id)
        .limit(1)
    )
    with ground.database.read() as session:
        if session.scalar(wanted) is None:
            return None
    with ground.database.write() as session:
        message_id = session.scalar(wanted.with_for_update(skip_locked=True))
        if message_id is not None:
            next_look = ground.clock.machine_now() + patience.between_looks
            session.execute(update(Message).where(Message.id == message_id).values(lease_until=next_look))
        return message_id


def _doubt_about(ground: Ground, message_id: int) -> _Doubt | None:
    with ground.database.read() as session:
        return _doubt(session, session.get_one(Message, message_id), ground)


def _doubt(session: Session, message: Message, ground: Ground) -> _Doubt | None:
    attempt = newest_attempt(session, message.id)
    if attempt is None:
        return None
    clinic = session.get_one(Clinic, message.clinic_id)
    return _Doubt(
        message_id=message.id,
        attempt_id=attempt.id,
        lease_token=message.lease_token,
        carrier=ground.carriers.get(attempt.carrier),
        outbound=_outbound(message, attempt, message.sender or clinic.sender),
        since=attempt.started_at,
        known_ids=tuple(
            ids_known_to(session, attempt.carrier, message.address_index, attempt.started_at - timedelta(days=1))
        ),
    )


def _outbound(message: Message, attempt: MessageAttempt, sender: str | None) -> OutboundMessage | OutboundCall:
    if message.channel == Channel.VOICE:
        return OutboundCall(attempt.token, message.address, sender)
    return OutboundMessage(attempt.token, message.address, message.body or "", sender, message.not_after)


def _ask(ground: Ground, doubt: _Doubt) -> Finding:
    """The carrier's word; one that cannot be asked cannot tell. That it could be says nothing of how it sends, so only
    failures are noted."""
    carrier, machine_now = doubt.carrier, ground.clock.machine_now()
    if carrier is None or ground.breaker.is_resting(carrier.name, now=machine_now):
        return Finding(FindingKind.CANNOT_TELL)
    part = carrier.voice if isinstance(doubt.outbound, OutboundCall) else carrier.text
    if part is None:
        return Finding(FindingKind.CANNOT_TELL)
    try:
        return part.find(doubt.outbound, doubt.since, known_ids=doubt.known_ids)  # type: ignore[arg-type]
    except ChannelError as error:
        ground.breaker.note(carrier.name, worked=False, now=ground.clock.machine_now())
        logger("messaging").warning("carrier_cannot_tell", message_id=doubt.message_id, code=error.code)
        return Finding(FindingKind.CANNOT_TELL)


def _settle(session: Session, doubt: _Doubt, finding: Finding, *, ground: Ground, patience: Patience) -> str:
    """Write what was learnt; returns what is counted. Settled meanwhile by a receipt: nothing to write."""
    now, machine_now = ground.clock.now(), ground.clock.machine_now()
    message = locked_message(session, doubt.message_id)
    attempt = session.get_one(MessageAttempt, doubt.attempt_id)
    if message.state != MessageState.UNCERTAIN or message.lease_token != doubt.lease_token:
        return "sent" if message.accepted_at else "still_open"
    if finding.kind is FindingKind.FOUND and finding.receipt is not None:
        attempt.external_id = finding.receipt.carrier_id
        apply_word(session, attempt, Word(DeliveryStatus.ACCEPTED), now=now)
        return "sent"
    if finding.kind is FindingKind.ABSENT and _is_believed(attempt, machine_now, patience):
        _try_again(message, attempt, now=now)
        return "not_sent"
    if machine_now - (attempt.uncertain_at or machine_now) < patience.within:
        return "still_open"
    _let_class_decide(session, message, attempt, now=now)
    return "by_class"


def _is_believed(attempt: MessageAttempt, machine_now: datetime, patience: Patience) -> bool:
    """A carrier may list a message a moment after taking it: absent counts when it was so before, long enough ago."""
    attempt.absent_at = attempt.absent_at or machine_now
    return machine_now - attempt.absent_at >= patience.absent_for


def _try_again(message: Message, attempt: MessageAttempt, *, now: datetime) -> None:
    attempt.outcome, attempt.ended_at = Outcome.SETTLED_NOT_SENT, now
    message.state, message.reason = MessageState.PENDING, None
    message.lease_until = None
    message.due_at = now
    message.updated_at = now


def _let_class_decide(session: Session, message: Message, attempt: MessageAttempt, *, now: datetime) -> None:
    word = last_word(MessageClass(message.class_))
    attempt.outcome, attempt.ended_at = Outcome.UNSETTLED, now
    message.state, message.reason = word.state, word.reason
    message.lease_until = None
    message.updated_at = now
    if word.state is MessageState.PENDING:
        message.due_at = now
    if word.state is MessageState.ACCEPTED:
        message.accepted_at = now
    if word.needs_a_person:
        record_event(
            session,
            "message_unsettled",
            clinic_id=message.clinic_id,
            subject_id=message.id,
            now=now,
            reason=word.reason,
        )

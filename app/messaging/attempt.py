"""The two writes around a send: the attempt before the carrier is called, the outcome after it. Both are fenced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.messaging.apply_word import apply_receipts
from app.messaging.claim import Claimed
from app.messaging.end_message import end_message
from app.messaging.models import Message, MessageAttempt
from app.messaging.reachability import learn_from_refusal
from app.messaging.rules import MessageState, Outcome
from app.messaging.store import in_state, locked_message
from channels.base import SendReceipt
from channels.errors import Decision


@dataclass(frozen=True)
class Result:
    """What came of one call to a carrier."""

    outcome: Outcome
    receipt: SendReceipt | None = None
    decision: Decision | None = None
    code: str | None = None
    pause_s: float = 0.0
    parts_taken: int = 0


def mark_attempt(session: Session, claimed: Claimed, *, now: datetime) -> bool:
    """Write that the carrier is about to be called. False: the message is no longer ours, and must not be sent."""
    is_ours = session.execute(
        update(Message)
        .where(
            Message.id == claimed.message_id,
            Message.lease_token == claimed.lease_token,
            in_state(MessageState.CLAIMED),
        )
        .values(state=MessageState.ATTEMPTING, updated_at=now)
        .execution_options(synchronize_session=False)
    ).rowcount  # type: ignore[attr-defined]
    if is_ours:
        session.add(
            MessageAttempt(
                message_id=claimed.message_id,
                number=claimed.attempt_number,
                token=claimed.attempt_token,
                carrier=claimed.carrier.name,
                started_at=now,
            )
        )
    return bool(is_ours)


def record_result(
    session: Session, claimed: Claimed, result: Result, *, now: datetime, machine_now: datetime
) -> MessageState:
    """Write what came of the attempt. A late runner's outcome counts only while nobody else has taken the message."""
    message = locked_message(session, claimed.message_id)
    attempt = session.scalars(select(MessageAttempt).where(MessageAttempt.token == claimed.attempt_token)).one()
    _close(attempt, result, now=now, machine_now=machine_now)
    is_ours = message.lease_token == claimed.lease_token and message.state in (
        MessageState.ATTEMPTING,
        MessageState.UNCERTAIN,
    )
    if is_ours:
        _move(session, message, result, now=now, machine_now=machine_now)
    if result.receipt is not None:
        _keep_carriers_id(message, result.receipt, claimed.carrier.name)
        session.flush()
        apply_receipts(session, attempt, now=now)
    return MessageState(message.state)


def _close(attempt: MessageAttempt, result: Result, *, now: datetime, machine_now: datetime) -> None:
    attempt.outcome = result.outcome
    attempt.error_code = result.code
    if result.receipt is not None:
        attempt.external_id = result.receipt.carrier_id
    if result.outcome is Outcome.UNCERTAIN:
        attempt.uncertain_at = machine_now
    else:
        attempt.ended_at = now


def _keep_carriers_id(message: Message, receipt: SendReceipt, carrier: str) -> None:
    if message.external_id is None:
        message.external_id, message.carrier = receipt.carrier_id, carrier
    message.segments = receipt.segments or message.segments


def _move(session: Session, message: Message, result: Result, *, now: datetime, machine_now: datetime) -> None:
    message.updated_at = now
    message.lease_until = None
    if result.outcome is Outcome.ACCEPTED:
        message.state, message.accepted_at, message.reason = MessageState.ACCEPTED, now, None
    elif result.outcome is Outcome.PUT_OFF:
        message.state, message.reason = MessageState.PENDING, result.code
        message.due_at = now + timedelta(seconds=result.pause_s)
        message.put_off += 1
        message.parts_done += result.parts_taken
    elif result.outcome is Outcome.UNCERTAIN:
        message.state, message.reason = MessageState.UNCERTAIN, result.code
        message.lease_until = machine_now
    else:
        learn_from_refusal(session, message, result.decision, code=result.code or "refused", now=now)
        end_message(session, message, _end_of(result.decision), result.code or "refused", now=now)


def _end_of(decision: Decision | None) -> MessageState:
    if decision is Decision.OPTED_OUT:
        return MessageState.SUPPRESSED
    return MessageState.DEAD if decision is Decision.FIX_CONTENT else MessageState.UNDELIVERED

"""The two writes around a send: the attempt before the carrier is called, the outcome after it. Both are fenced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from app.core.ids import new_id
from app.messaging.apply_word import apply_receipts
from app.messaging.claim import Claimed
from app.messaging.end_message import end_message
from app.messaging.models import Message, MessageAttempt, Receipt
from app.messaging.reachability import learn_from_refusal
from app.messaging.rules import MessageState, Outcome
from app.messaging.store import locked_message
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

    @property
    def is_carriers_failure(self) -> bool:
        """Whether this speaks against the carrier rather than about the message."""
        return self.outcome in (Outcome.PUT_OFF, Outcome.UNCERTAIN)


def mark_attempt(session: Session, claimed: Claimed, *, now: datetime) -> bool:
    """Write that the carrier is about to be called. False: the message is no longer ours, and must not be sent."""
    carrier = claimed.carrier.name
    ours = {"message": claimed.message_id, "ours": claimed.lease_token, "by": carrier, "now": now}
    if not session.connection().execute(_MARK, ours).rowcount:
        return False
    attempt = {
        "id": new_id(),
        "message_id": claimed.message_id,
        "number": claimed.attempt_number,
        "token": claimed.attempt_token,
        "carrier": carrier,
        "started_at": now,
    }
    session.connection().execute(_BEGIN, attempt)
    return True


def record_result(session: Session, claimed: Claimed, result: Result, *, now: datetime, machine_now: datetime) -> None:
    """Write what came of the attempt. A late runner's outcome counts only while nobody else has taken the message."""
    if _accept(session, claimed, result, now=now):
        return
    message = locked_message(session, claimed.message_id)
    attempt = session.scalars(select(MessageAttempt).where(MessageAttempt.token == claimed.attempt_token)).one()
    _close(attempt, result, now=now, machine_now=machine_now)
    if message.lease_token == claimed.lease_token and message.state in _STILL_OURS:
        _move(session, message, result, now=now, machine_now=machine_now)
    if result.receipt is not None:
        _keep_carriers_id(message, result.receipt, claimed.carrier.name)
        session.flush()
        apply_receipts(session, attempt, now=now)


_MESSAGE, _ATTEMPT, _RECEIPT = (cast(Table, row.__table__) for row in (Message, MessageAttempt, Receipt))
_STILL_OURS = (MessageState.ATTEMPTING, MessageState.UNCERTAIN)
_MARK = (
    update(_MESSAGE)
    .where(
        _MESSAGE.c.id == bindparam("message"),
        _MESSAGE.c.lease_token == bindparam("ours"),
        _MESSAGE.c.state == MessageState.CLAIMED,
    )
    .values(state=MessageState.ATTEMPTING, carrier=bindparam("by"), updated_at=bindparam("now"))
)
_BEGIN = insert(_ATTEMPT)
_ACCEPT = (
    update(_MESSAGE)
    .where(
        _MESSAGE.c.id == bindparam("message"),
        _MESSAGE.c.lease_token == bindparam("ours"),
        _MESSAGE.c.state.in_(_STILL_OURS),
        _MESSAGE.c.external_id.is_(None),
    )
    .values(
        state=MessageState.ACCEPTED,
        external_id=bindparam("carriers_id"),
        accepted_at=bindparam("now"),
        updated_at=bindparam("now"),
        lease_until=None,
        reason=None,
        segments=func.coalesce(bindparam("counted"), _MESSAGE.c.segments),
    )
)
_END = (
    update(_ATTEMPT)
    .where(_ATTEMPT.c.token == bindparam("attempt"))
    .values(outcome=Outcome.ACCEPTED, external_id=bindparam("carriers_id"), ended_at=bindparam("now"))
)
_EARLY = select(_RECEIPT.c.id).where(
    _RECEIPT.c.carrier == bindparam("by"),
    _RECEIPT.c.external_id == bindparam("carriers_id"),
    _RECEIPT.c.applied_at.is_(None),
)


def _accept(session: Session, claimed: Claimed, result: Result, *, now: datetime) -> bool:
    """The plain case, which nearly all are, in three statements: accepted, ours, and no receipt came first."""
    if result.outcome is not Outcome.ACCEPTED or result.receipt is None:
        return False
    run, carriers_id = session.connection().execute, result.receipt.carrier_id
    if run(_EARLY, {"by": claimed.carrier.name, "carriers_id": carriers_id}).first():
        return False
    ours = {"message": claimed.message_id, "ours": claimed.lease_token, "carriers_id": carriers_id, "now": now}
    if not run(_ACCEPT, {**ours, "counted": result.receipt.segments}).rowcount:
        return False
    run(_END, {"attempt": claimed.attempt_token, "carriers_id": carriers_id, "now": now})
    return True


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

"""The two writes around a send: the attempt before the carrier is called, the outcome after it. Both are fenced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, bindparam, select
from sqlalchemy.orm import Session

from app.core.ids import new_id
from app.core.models import Event
from app.messaging.apply_word import apply_receipts
from app.messaging.claim import Claimed
from app.messaging.end_message import end_message
from app.messaging.group_writes import STILL_OURS, NotAllOurs, accept_all, mark_all
from app.messaging.models import Message, MessageAttempt, Receipt
from app.messaging.reachability import learn_from_refusal
from app.messaging.rules import MessageState, Outcome
from app.messaging.store import insert_once, locked_message
from channels.base import SendReceipt
from channels.errors import Decision

ACCOUNT_REFUSED = "account_refused"


@dataclass(frozen=True)
class Result:
    """What came of one call to a carrier."""

    outcome: Outcome
    receipt: SendReceipt | None = None
    decision: Decision | None = None
    code: str | None = None
    pause_s: float = 0.0
    parts_taken: int = 0
    is_carriers_failure: bool = False  # it speaks against the carrier, not about this message or our number


@dataclass(frozen=True)
class Mark:
    """The carrier is about to be called."""

    claimed: Claimed
    now: datetime


@dataclass(frozen=True)
class Record:
    """The carrier was called, and this came of it."""

    claimed: Claimed
    result: Result
    now: datetime
    machine_now: datetime


def write_attempts(session: Session, writes: Sequence[Mark | Record]) -> list[bool]:
    """All of a group in as few statements as one of them would take. False for a mark: the message is no longer ours
    and must not be sent. Raises `NotAllOurs` in a group with such a message: undone, each must be written alone."""
    if len(writes) == 1:
        return [_write_one(session, writes[0])]
    marks = [each for each in writes if isinstance(each, Mark)]
    records = [each for each in writes if isinstance(each, Record)]
    _mark_all(session, marks)
    plain = _plainly_accepted(session, records)
    _accept_all(session, plain)
    done = {each.claimed.attempt_token for each in plain}
    for each in records:
        if each.claimed.attempt_token not in done:
            _record(session, each)
            session.flush()
            session.expunge_all()
    return [True] * len(writes)


def _write_one(session: Session, write: Mark | Record) -> bool:
    try:
        if isinstance(write, Mark):
            _mark_all(session, [write])
        elif plain := _plainly_accepted(session, [write]):
            _accept_all(session, plain)
        else:
            _record(session, write)
    except NotAllOurs:  # nothing is written yet
        if isinstance(write, Mark):
            return False
        _record(session, write)
    return True


def _record(session: Session, record: Record) -> None:
    """Whatever came of the attempt. A late runner's outcome counts only while nobody else has taken the message."""
    claimed, result, now, machine_now = record.claimed, record.result, record.now, record.machine_now
    message = locked_message(session, claimed.message_id)
    attempt = session.scalars(select(MessageAttempt).where(MessageAttempt.token == claimed.attempt_token)).one()
    _close(attempt, result, now=now, machine_now=machine_now)
    if message.lease_token == claimed.lease_token and message.state in STILL_OURS:
        _move(session, message, result, now=now, machine_now=machine_now)
    if result.receipt is not None:
        _keep_carriers_id(message, result.receipt, claimed.carrier.name)
        session.flush()
        apply_receipts(session, attempt, now=now)


def _mark_all(session: Session, marks: Sequence[Mark]) -> None:
    if marks:
        mark_all(session.connection(), [_marked(each) for each in marks])


def _marked(mark: Mark) -> dict[str, Any]:
    return {
        "id": new_id(),
        "message": mark.claimed.message_id,
        "ours": mark.claimed.lease_token,
        "number": mark.claimed.attempt_number,
        "token": mark.claimed.attempt_token,
        "by": mark.claimed.carrier.name,
        "now": mark.now,
    }


def _plainly_accepted(session: Session, records: Sequence[Record]) -> list[Record]:
    """Those the carrier took, and of which no receipt came first: nearly all."""
    accepted = [each for each in records if each.result.outcome is Outcome.ACCEPTED and each.result.receipt is not None]
    if not accepted:
        return []
    known = {"by": {each.claimed.carrier.name for each in accepted}, "ids": [_carriers_id(each) for each in accepted]}
    early = {(carrier, external_id) for carrier, external_id in session.connection().execute(_EARLY, known)}
    return [each for each in accepted if (each.claimed.carrier.name, _carriers_id(each)) not in early]


def _accept_all(session: Session, records: Sequence[Record]) -> None:
    if records:
        accept_all(session.connection(), [_accepted(each) for each in records])


def _accepted(record: Record) -> dict[str, Any]:
    return {
        "message": record.claimed.message_id,
        "ours": record.claimed.lease_token,
        "attempt": record.claimed.attempt_token,
        "carriers_id": _carriers_id(record),
        "counted": record.result.receipt.segments if record.result.receipt else None,
        "now": record.now,
    }


def _carriers_id(record: Record) -> str:
    return record.result.receipt.carrier_id if record.result.receipt else ""


_RECEIPT = cast(Table, Receipt.__table__)
_EARLY = select(_RECEIPT.c.carrier, _RECEIPT.c.external_id).where(
    _RECEIPT.c.carrier.in_(bindparam("by", expanding=True)),
    _RECEIPT.c.external_id.in_(bindparam("ids", expanding=True)),
    _RECEIPT.c.applied_at.is_(None),
)


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
        if result.decision is Decision.FIX_ACCOUNT:
            _tell_of_account(session, message, now=now)
        message.parts_done += result.parts_taken
    elif result.outcome is Outcome.UNCERTAIN:
        message.state, message.reason = MessageState.UNCERTAIN, result.code
        message.lease_until = machine_now
        message.parts_done += result.parts_taken
    else:
        learn_from_refusal(session, message, result.decision, code=result.code or "refused", now=now)
        end_message(session, message, _end_of(result.decision), result.code or "refused", now=now)


def _tell_of_account(session: Session, message: Message, *, now: datetime) -> None:
    """Once a day for each of the clinic's carriers: what sits above hears that this one refuses us."""
    key = f"{ACCOUNT_REFUSED}:{message.clinic_id}:{message.carrier}:{now.date()}"
    told = Event(
        clinic_id=message.clinic_id, kind=ACCOUNT_REFUSED, subject_id=message.id, created_at=now, unique_key=key,
        details={"code": message.reason, "carrier": message.carrier},
    )  # fmt: skip
    insert_once(session, told, Event.unique_key)


def _end_of(decision: Decision | None) -> MessageState:
    if decision is Decision.OPTED_OUT:
        return MessageState.SUPPRESSED
    return MessageState.DEAD if decision is Decision.FIX_CONTENT else MessageState.UNDELIVERED

"""A carrier's word on an attempt becomes the message's state: forward only, in whatever order the words come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.core.events import record_event
from app.messaging.end_message import end_message
from app.messaging.models import Message, MessageAttempt, Receipt
from app.messaging.reachability import learn_from_delivery, learn_from_refusal
from app.messaging.rules import MessageState, Outcome, is_news
from app.messaging.store import locked_message, waiting_receipts
from channels.errors import Decision


@dataclass(frozen=True)
class Word:
    """What a carrier said became of an attempt. `state` is one of ours; anything else is kept and changes nothing."""

    state: str
    code: str | None = None
    decision: Decision | None = None


def apply_word(session: Session, attempt: MessageAttempt, word: Word, *, now: datetime) -> None:
    """Move the attempt's message up to `word`, if that is news. Settles an uncertain message on the way."""
    message = locked_message(session, attempt.message_id)
    if word.state not in _SPOKEN:
        return
    _settle_attempt(attempt, now)
    heard = MessageState(word.state)
    if not is_news(MessageState(message.state), heard) or _is_about_an_older_try(message, attempt, heard):
        return
    if message.external_id is None:
        message.external_id, message.carrier = attempt.external_id, attempt.carrier
    message.accepted_at = message.accepted_at or now
    if heard is MessageState.UNDELIVERED:
        learn_from_refusal(session, message, word.decision, code=word.code or heard, now=now)
        end_message(session, message, heard, word.code or heard, now=now)
    else:
        _advance(session, message, heard, now=now)


def apply_receipts(session: Session, attempt: MessageAttempt, *, now: datetime) -> None:
    """Apply the receipts that came before the carrier's id was stored."""
    if attempt.external_id:
        for receipt in waiting_receipts(session, attempt.carrier, [attempt.external_id]):
            apply_receipt(session, receipt, attempt, now=now)


def apply_receipt(session: Session, receipt: Receipt, attempt: MessageAttempt, *, now: datetime) -> None:
    """Apply one kept receipt to the attempt it speaks of, once."""
    locked_message(session, attempt.message_id)  # first of all rows, as every other writer does: nobody waits crosswise
    receipt.message_id, receipt.applied_at = attempt.message_id, now
    if attempt.external_id is None and not receipt.external_id.startswith(NAMED_BY_TOKEN):
        attempt.external_id = receipt.external_id
    decision = (receipt.raw or {}).get("decision")
    word = Word(receipt.status, receipt.error_code or None, Decision(decision) if decision else None)
    apply_word(session, attempt, word, now=now)


NAMED_BY_TOKEN = "attempt:"  # noqa: S105 - a prefix; stands for the carrier's id in a receipt that named only our token
_SPOKEN = (MessageState.ACCEPTED, MessageState.SENT, MessageState.UNDELIVERED, MessageState.DELIVERED)


def _settle_attempt(attempt: MessageAttempt, now: datetime) -> None:
    """A runner still waiting for the carrier's answer writes over this; one that died meanwhile cannot."""
    if attempt.outcome in (None, Outcome.UNCERTAIN, Outcome.UNSETTLED, Outcome.SETTLED_NOT_SENT):
        attempt.outcome = Outcome.SETTLED_SENT
        attempt.ended_at = attempt.ended_at or now


def _is_about_an_older_try(message: Message, attempt: MessageAttempt, heard: MessageState) -> bool:
    """An older try's failure says nothing about the newer one; an older try's success does."""
    return heard is MessageState.UNDELIVERED and attempt.number < message.attempts


def _advance(session: Session, message: Message, heard: MessageState, *, now: datetime) -> None:
    message.state, message.reason = heard, None
    message.lease_until = None
    message.updated_at = now
    if heard in (MessageState.SENT, MessageState.DELIVERED):
        message.sent_at = message.sent_at or now
    if heard is MessageState.DELIVERED:
        message.delivered_at = now
        learn_from_delivery(session, message, now=now)
        if message.due_step_id:
            record_event(session, "message_delivered", clinic_id=message.clinic_id, subject_id=message.id, now=now)

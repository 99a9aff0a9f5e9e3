"""Why the messages of a page stand where they do, in words: what carriers said of them is fetched for all at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.messaging.models import Message, MessageAttempt, Receipt
from app.messaging.rules import MessageState
from app.messaging.store import batched
from app.web.desk.message_words import our_words, reason_words

AT_ONCE = 500


def reasons_of(session: Session, found: Sequence[Message]) -> dict[int, str]:
    """message -> its reason in words, for those that have one."""
    carriers: dict[int, str] = {}
    sentences: dict[int, str] = {}
    for some in batched((each for each in found if each.reason and not our_words(each.reason)), AT_ONCE):
        carriers.update(_carriers(session, some))
        sentences.update(_sentences(session, some))
    return {
        each.id: reason_words(each.reason, each.carrier or carriers.get(each.id), sentences.get(each.id))
        for each in found
        if each.reason
    }


def _carriers(session: Session, some: Sequence[Message]) -> Iterator[tuple[int, str]]:
    """Who spoke last of a message that no carrier took."""
    ids = [each.id for each in some if each.carrier is None]
    wanted = select(MessageAttempt.message_id, MessageAttempt.carrier).where(MessageAttempt.message_id.in_(ids))
    for row in session.execute(wanted.order_by(MessageAttempt.number)) if ids else ():
        yield row[0], row[1]


def _sentences(session: Session, some: Sequence[Message]) -> Iterator[tuple[int, str]]:
    """The sentence kept with the receipt that ended a message."""
    codes = {each.id: each.reason for each in some if each.state == MessageState.UNDELIVERED}
    wanted = select(Receipt).where(
        Receipt.carrier.in_({each.carrier for each in some if each.carrier}),
        Receipt.external_id.in_([each.external_id for each in some if each.id in codes and each.external_id]),
        Receipt.status == MessageState.UNDELIVERED,
    )
    for receipt in session.scalars(wanted) if codes else ():
        sentence = (receipt.raw or {}).get("sentence")
        if sentence and codes.get(receipt.message_id or 0) == (receipt.error_code or MessageState.UNDELIVERED):
            yield receipt.message_id or 0, sentence

"""Webhooks as bad carriers send them: each one to five times, shuffled, some before our own row, pairs at once.

For each text the end is known beforehand from its words alone (the best one wins), whatever the order they come in.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy import func, select

from app.conversations.hear_event import hear_event
from app.core.ground import Ground
from app.messaging.drain import drain
from app.messaging.models import Message, Receipt
from app.messaging.queue_message import Draft, queue_messages
from app.messaging.record_receipt import apply_late_receipts, record_receipt
from app.messaging.rules import Direction
from channels.base import DeliveryStatus, InboundMessage, OutboundMessage, StatusReceipt

WORDS = (DeliveryStatus.ACCEPTED, DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.UNDELIVERED)
HANDS = 4


@dataclass(frozen=True)
class Shuffled:
    """What was posted and what did not end as it should (both lists are empty when all is well)."""

    webhooks: int
    wrong_ends: tuple[str, ...]
    doubled: tuple[str, ...]


def shuffle_webhooks(ground: Ground, carrier, clinic_id: int, *, texts: int, seed: int = 1) -> Shuffled:
    """`texts` messages out, each with a schedule of its own, and a tenth as many in; `carrier` is a scripted one."""
    dice, plans = random.Random(seed), {}
    early: dict[str, list[tuple[DeliveryStatus, bool]]] = {}
    for number in range(texts):
        heard = [dice.choice(WORDS) for _ in range(dice.randint(1, 4))]
        copies = [(word, dice.random() < 0.5) for word in heard for _ in range(dice.randint(1, 5))]
        dice.shuffle(copies)
        cut = dice.randint(0, len(copies))
        plans[f"Text {number}"], early[f"Text {number}"] = (heard, copies[cut:]), copies[:cut]
    carrier.before_answer = lambda sent, carrier_id: _speak(ground, carrier, sent, carrier_id, early[sent.text])
    _queue(ground, clinic_id, texts)
    while drain(ground).handled:
        pass
    posts = [
        (sent, copy) for sent in carrier.accepted for copy in plans[sent.text][1]
    ]  # what is left for after the send has returned
    dice.shuffle(posts)
    with ThreadPoolExecutor(HANDS) as hands:
        list(hands.map(lambda post: _speak(ground, carrier, post[0], carrier.id_of(post[0]), [post[1]]), posts))
        inbound = [number for number in range(texts // 10) for _ in range(dice.randint(1, 5))]
        dice.shuffle(inbound)
        list(hands.map(lambda number: _write(ground, carrier, number), inbound))
    apply_late_receipts(ground, limit=10_000)
    ends = {text: max(heard, key=lambda word: word.rank).value for text, (heard, _copies) in plans.items()}
    webhooks = len(posts) + len(inbound) + sum(map(len, early.values()))
    return Shuffled(webhooks, tuple(_wrong(ground, ends)), tuple(_doubled(ground, texts // 10)))


def _speak(ground: Ground, carrier, sent: OutboundMessage, carrier_id: str, copies: list) -> None:
    for word, names_our_attempt in copies:
        token = sent.attempt_token if names_our_attempt else None
        heard = StatusReceipt(carrier.name, carrier_id, token, word, word.value, ground.clock.now())
        record_receipt(ground, carrier.name, heard)


def _write(ground: Ground, carrier, number: int) -> None:
    """A text from a stranger: kept once, answered once."""
    inbound = InboundMessage(
        carrier=carrier.name, carrier_id=f"IN{number}", sender=f"+1343{3_000_000 + number}", recipient="+13435550100",
        text="Is the clinic open on Friday", received_at=ground.clock.now(),
    )  # fmt: skip
    hear_event(ground, carrier.built(), inbound)


def _queue(ground: Ground, clinic_id: int, texts: int) -> None:
    with ground.database.write() as session:
        drafts = (
            Draft(
                clinic_id=clinic_id, channel="sms", address=f"+1343{2_000_000 + number}", purpose="reminder",
                cause=f"shuffled:{number}", body=f"Text {number}", obeys_quiet_hours=False,
            )
            for number in range(texts)
        )  # fmt: skip
        queue_messages(session, drafts, now=ground.clock.now())


def _wrong(ground: Ground, ends: dict[str, str]) -> Iterator[str]:
    with ground.database.read() as session:
        for message in session.scalars(select(Message).where(Message.direction == Direction.OUTBOUND)):
            if message.body in ends and message.state != ends[message.body]:
                yield f"{message.body}: {message.state}, not {ends[message.body]}"


def _doubled(ground: Ground, strangers: int) -> Iterator[str]:
    with ground.database.read() as session:
        kept = session.scalar(select(func.count()).where(Message.direction == Direction.INBOUND))
        replies = session.scalar(select(func.count()).where(Message.purpose == "reply"))
        same = (Receipt.carrier, Receipt.external_id, Receipt.status, Receipt.error_code)
        again = select(func.count()).select_from(Receipt).group_by(*same)
        doubled = sum(count > 1 for count in session.scalars(again))
    if (kept, replies, doubled) != (strangers, strangers, 0):
        yield f"{kept} kept, {replies} answered of {strangers}; {doubled} receipts kept twice"

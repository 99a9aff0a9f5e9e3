"""The four ledgers, compared at the end: the carrier's, messages in, messages out, attempts with their receipts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select

from app.core.database import Database
from app.intake.models import Answer
from app.messaging.models import Message, MessageAttempt, Receipt
from app.messaging.rules import Direction, MessageState
from tests.gateway.bed import StandInBed
from tests.scale.pushing import Pushed

ARRIVED = (MessageState.ACCEPTED, MessageState.SENT, MessageState.DELIVERED)
TAKEN = ("accepted", "settled_sent")


@dataclass(frozen=True)
class Ledgers:
    """How many of each, and what does not fit (all of these are 0 when the ledgers agree)."""

    texts_in: int
    texts_out: int
    carrier_kept: int
    attempts: int
    receipts: int
    lost_in: int
    doubled_in: int
    unhandled_in: int
    turns_amiss: int
    lost_out: int
    doubled_out: int
    unsettled: int
    receipts_unmatched: int
    receipts_unheeded: int

    @property
    def disagreements(self) -> dict[str, int]:
        names = (
            "lost_in", "doubled_in", "unhandled_in", "turns_amiss", "lost_out", "doubled_out", "unsettled",
            "receipts_unmatched", "receipts_unheeded",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names if getattr(self, name)}


def compare(database: Database, standin: StandInBed, pushed: Pushed) -> Ledgers:
    """Read all four. To be asked only when nothing is under way any more."""
    ledger = standin.ledger()
    kept = [entry for entry in ledger["entries"] if entry["kind"] == "message"]
    with database.read() as session:
        rows = session.scalars(select(Message)).all()
        attempts = session.execute(select(MessageAttempt.message_id, MessageAttempt.outcome)).all()
        receipts = session.execute(select(Receipt.external_id, Receipt.status, Receipt.applied_at)).all()
        answers = session.scalar(select(func.count()).select_from(Answer)) or 0
    inbound = [row for row in rows if row.direction == Direction.INBOUND]
    outbound = [row for row in rows if row.direction == Direction.OUTBOUND]
    ours = Counter((row.address, row.body) for row in outbound)
    theirs = Counter((entry["to"], entry["body"]) for entry in kept)
    in_ids = Counter(row.external_id for row in inbound)
    taken = Counter(message_id for message_id, outcome in attempts if outcome in TAKEN)
    delivered = {row.external_id for row in outbound if row.state == MessageState.DELIVERED}
    told = {post["fields"]["MessageSid"] for post in ledger["posted"] if post["status"] == 200}
    return Ledgers(
        texts_in=len(inbound),
        texts_out=len(outbound),
        carrier_kept=len(kept),
        attempts=len(attempts),
        receipts=len(receipts),
        lost_in=len(set(pushed.taken) - set(in_ids)),
        doubled_in=sum(count - 1 for count in in_ids.values()),
        unhandled_in=sum(row.state != MessageState.HANDLED for row in inbound),
        turns_amiss=abs(answers - len(inbound)),
        lost_out=sum((ours - theirs).values()),
        doubled_out=sum((theirs - ours).values()),
        unsettled=sum(row.state not in ARRIVED or taken[row.id] != 1 for row in outbound),
        receipts_unmatched=sum(applied is None for _, _, applied in receipts),
        receipts_unheeded=len(told - delivered),
    )

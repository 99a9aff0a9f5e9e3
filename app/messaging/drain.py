"""Hand over what is due. One function, four triggers (a wake-up, the poll, the embedded runner, the command line).

Sender threads wait for carriers; one writer commits for all of them. Only a few messages are in hand at a time, so that
something urgent is claimed next, however long the backlog.
"""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta

from app.core.faults import fault_point
from app.core.ground import Ground
from app.core.log import logger
from app.messaging.attempt import mark_attempt, record_result
from app.messaging.claim import Claimed, claim, has_due
from app.messaging.group_commit import GroupCommit
from app.messaging.hand_over import hand_over
from app.messaging.rules import Outcome


@dataclass(frozen=True)
class Pace:
    """How a drain works. A carrier's own timeout must stay below a third of the lease."""

    threads: int = 8
    lease: timedelta = timedelta(seconds=60)


@dataclass(frozen=True)
class Drained:
    """What one drain did: messages handed over, and the rest by outcome."""

    accepted: int = 0
    refused: int = 0
    put_off: int = 0
    uncertain: int = 0
    lost_claim: int = 0

    @property
    def handled(self) -> int:
        return self.accepted + self.refused + self.put_off + self.uncertain + self.lost_claim


LOST_CLAIM = "lost_claim"
USUAL_PACE = Pace()


def drain(ground: Ground, *, limit: int = 1000, deadline_s: float = 20.0, pace: Pace = USUAL_PACE) -> Drained:
    """Hand over up to `limit` due messages, claiming none after `deadline_s` (machine time)."""
    if not _is_anything_due(ground):
        return Drained()
    counts: Counter[str] = Counter()
    with GroupCommit(ground.database) as writer, ThreadPoolExecutor(pace.threads, "sender") as senders:
        _keep_busy(_Drain(ground, writer, senders, pace), counts, limit=limit, ends_at=time.monotonic() + deadline_s)
    return Drained(**counts)


@dataclass(frozen=True)
class _Drain:
    ground: Ground
    writer: GroupCommit
    senders: ThreadPoolExecutor
    pace: Pace


def _keep_busy(work: _Drain, counts: Counter[str], *, limit: int, ends_at: float) -> None:
    in_hand: set[Future[str]] = set()
    left, is_more = limit, True
    while is_more or in_hand:
        room = min(2 * work.pace.threads - len(in_hand), left)
        if is_more and room >= min(work.pace.threads, left):
            is_more = time.monotonic() < ends_at and left > 0
            claimed = claim(work.ground, limit=room, lease=work.pace.lease) if is_more else []
            fault_point("after_claim")
            is_more = bool(claimed) or (is_more and _is_anything_due(work.ground) and bool(in_hand))
            left -= len(claimed)
            in_hand |= {work.senders.submit(_send, work, each) for each in claimed}
        done, in_hand = wait(in_hand, timeout=1.0, return_when=FIRST_COMPLETED)
        counts.update(future.result() for future in done)


def _send(work: _Drain, claimed: Claimed) -> str:
    """One message's way out: mark, commit, call, record, commit. Returns what is counted."""
    clock = work.ground.clock
    if not work.writer.submit(lambda session: mark_attempt(session, claimed, now=clock.now())).result():
        return LOST_CLAIM
    fault_point("after_mark")
    result = hand_over(claimed)
    fault_point("after_call")
    recorded = work.writer.submit(
        lambda session: record_result(session, claimed, result, now=clock.now(), machine_now=clock.machine_now())
    )
    recorded.result()
    fault_point("after_record")
    logger("messaging").info(
        "attempt_ended", message_id=claimed.message_id, outcome=result.outcome.value, code=result.code
    )
    return Outcome(result.outcome).value


def _is_anything_due(ground: Ground) -> bool:
    with ground.database.read() as session:
        return has_due(session, now=ground.clock.now())

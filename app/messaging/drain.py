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

from sqlalchemy.exc import DBAPIError

from app.core.faults import fault_point
from app.core.ground import Ground
from app.core.log import logger
from app.messaging.attempt import Mark, Record, Result, write_attempts
from app.messaging.claim import Claimed, claim
from app.messaging.due_lines import has_due
from app.messaging.group_commit import GroupCommit
from app.messaging.hand_over import hand_over

log = logger("messaging")


@dataclass(frozen=True)
class Pace:
    """How a drain works. A carrier's own timeout must stay below a third of the lease."""

    threads: int = 8
    lease: timedelta = timedelta(seconds=60)


@dataclass(frozen=True)
class Drained:
    """What one drain did: messages by outcome. `is_more`: it stopped at its limit or deadline, not for want of work."""

    accepted: int = 0
    refused: int = 0
    put_off: int = 0
    uncertain: int = 0
    lost_claim: int = 0
    unrecorded: int = 0
    is_more: bool = False

    @property
    def handled(self) -> int:
        return self.accepted + self.refused + self.put_off + self.uncertain + self.lost_claim + self.unrecorded


LOST_CLAIM = "lost_claim"  # somebody else's by the time we would have sent it: not sent
UNRECORDED = "unrecorded"  # the database was away: the lease runs out, then it is freed or settled
RECORD_AGAIN_S = 1.0
USUAL_PACE = Pace()


def drain(ground: Ground, *, limit: int = 1000, deadline_s: float = 20.0, pace: Pace = USUAL_PACE) -> Drained:
    """Hand over up to `limit` due messages, claiming none after `deadline_s` (machine time)."""
    if not _is_anything_due(ground):
        return Drained()
    counts: Counter[str] = Counter()
    with GroupCommit(ground.database, write_attempts) as writer, ThreadPoolExecutor(pace.threads, "sender") as senders:
        work = _Drain(ground, writer, senders, pace, ends_at=time.monotonic() + deadline_s)
        is_more = _keep_busy(work, counts, limit)
    return Drained(**counts, is_more=is_more)


@dataclass(frozen=True)
class _Drain:
    ground: Ground
    writer: GroupCommit[Mark | Record]
    senders: ThreadPoolExecutor
    pace: Pace
    ends_at: float

    def claim(self, room: int) -> set[Future[str]]:
        """Claim up to `room` messages and set senders on them."""
        claimed = claim(self.ground, limit=room, lease=self.pace.lease)
        fault_point("after_claim")
        return {self.senders.submit(_send, self, each) for each in claimed}


def _keep_busy(work: _Drain, counts: Counter[str], limit: int) -> bool:
    """Claim whenever half the hands are free, until nothing is left to claim; whether that was for want of time."""
    in_hand, left, is_dry = set[Future[str]](), limit, False
    while True:
        is_out_of_time = left <= 0 or time.monotonic() > work.ends_at
        room = min(2 * work.pace.threads - len(in_hand), left)
        if not is_out_of_time and not is_dry and room >= min(work.pace.threads, left):
            taken = work.claim(room)
            left -= len(taken)
            in_hand |= taken
            is_dry = not taken
        if not in_hand:
            return is_out_of_time and not is_dry
        done, in_hand = wait(in_hand, timeout=1.0, return_when=FIRST_COMPLETED)
        counts.update(future.result() for future in done)
        is_dry = is_dry and not done  # what was just handed over may have freed the next in its line


def _send(work: _Drain, claimed: Claimed) -> str:
    """One message's way out: mark, commit, call, record, commit. Returns what is counted."""
    try:
        if not work.writer.submit(Mark(claimed, work.ground.clock.now())).result():
            return LOST_CLAIM
    except DBAPIError as error:
        return _unrecorded(claimed, error)
    fault_point("after_mark")
    result = hand_over(claimed)
    work.ground.breaker.note(
        claimed.carrier.name, worked=not result.is_carriers_failure, now=work.ground.clock.machine_now()
    )
    fault_point("after_call")
    return _record(work, claimed, result)


def _record(work: _Drain, claimed: Claimed, result: Result) -> str:
    """Write the outcome; when the database is away, try again for half the lease: it is the only copy."""
    clock, give_up_at = work.ground.clock, time.monotonic() + work.pace.lease.total_seconds() / 2
    while True:
        write = Record(claimed, result, now=clock.now(), machine_now=clock.machine_now())
        try:
            work.writer.submit(write).result()
        except DBAPIError as error:
            if time.monotonic() > give_up_at:
                return _unrecorded(claimed, error)
            time.sleep(RECORD_AGAIN_S)
        else:
            break
    fault_point("after_record")
    log.info("attempt_ended", message_id=claimed.message_id, outcome=result.outcome.value, code=result.code)
    return result.outcome.value


def _unrecorded(claimed: Claimed, error: DBAPIError) -> str:
    log.error("attempt_unrecorded", message_id=claimed.message_id, error=type(error).__name__)
    return UNRECORDED


def _is_anything_due(ground: Ground) -> bool:
    with ground.database.read() as session:
        return has_due(session, now=ground.clock.now())

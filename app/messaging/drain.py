"""Hand over what is due. One function, four triggers (a wake-up, the poll, the embedded runner, the command line).

Sender threads wait for carriers; the thread that called does all that is to be written for them, in groups, while
another claims. Only a few messages are in hand at a time, so that something urgent is claimed next, however long the
backlog.
"""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from app.core.ground import Ground
from app.messaging.due_lines import has_due
from app.messaging.in_hand import InHand


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


USUAL_PACE = Pace()


def drain(ground: Ground, *, limit: int = 1000, deadline_s: float = 20.0, pace: Pace = USUAL_PACE) -> Drained:
    """Hand over up to `limit` due messages, claiming none after `deadline_s` (machine time)."""
    if not _is_anything_due(ground):
        return Drained()
    counts: Counter[str] = Counter()
    with ThreadPoolExecutor(pace.threads + 1, "sender") as senders:
        in_hand = InHand(ground, senders, hands=pace.threads, lease=pace.lease, counts=counts)
        try:
            is_more = _keep_busy(in_hand, limit, ends_at=time.monotonic() + deadline_s)
        finally:
            in_hand.finish()  # whatever stopped us: what is with a carrier is recorded
    return Drained(**counts, is_more=is_more)


def _keep_busy(in_hand: InHand, limit: int, *, ends_at: float) -> bool:
    """Claim whenever there is room, until nothing is left to claim; whether that was for want of time."""
    while True:
        is_over = in_hand.taken >= limit or time.monotonic() > ends_at or in_hand.has_failed
        if not is_over:
            in_hand.claim_up_to(limit)
        if not in_hand.is_empty:
            in_hand.step()
        elif is_over or in_hand.is_dry:
            return not in_hand.is_dry


def _is_anything_due(ground: Ground) -> bool:
    with ground.database.read() as session:
        return has_due(session, now=ground.clock.now())

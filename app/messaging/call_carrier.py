"""A sender thread's part: call the carrier for one message whose attempt is committed, and note how the carrier did."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

from app.core.faults import fault_point
from app.core.ground import Ground
from app.messaging.attempt import Result
from app.messaging.claim import Claimed
from app.messaging.hand_over import hand_over


@dataclass(frozen=True)
class Called:
    """What came of a call, how long it took, and until when (monotonic) to try to record it: it is the only copy."""

    claimed: Claimed
    result: Result
    took_s: float
    give_up_at: float


def call_carrier(ground: Ground, claimed: Claimed, *, lease: timedelta) -> Called | None:
    """Holds no row and no connection. The outcome is worth recording for half the lease.

    None: no call was made. A process that slept past its leases, as its host may make it, would send what others have
    found unsent and sent meanwhile; a call begun in the last third might outlast the lease.
    """
    fault_point("after_mark")
    if ground.clock.machine_now() > claimed.lease_until - lease / 3:
        return None
    began_at = time.monotonic()
    result = hand_over(claimed)
    ended_at = time.monotonic()
    ground.breaker.note(claimed.carrier.name, worked=not result.is_carriers_failure, now=ground.clock.machine_now())
    fault_point("after_call")
    return Called(claimed, result, ended_at - began_at, ended_at + lease.total_seconds() / 2)

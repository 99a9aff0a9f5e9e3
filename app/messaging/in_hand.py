"""The messages one drain has in its hands, from the claim to the recorded outcome.

All writing is done by the thread that drains: whatever waits to be written when it comes round shares a commit. Sender
threads only call carriers, each for a message whose attempt is committed, and one of them claims meanwhile. No more
attempts are begun than hands are free, so a process that dies leaves in doubt only what was with a carrier.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from itertools import takewhile
from queue import Empty, SimpleQueue
from typing import Any

from sqlalchemy.exc import DBAPIError

from app.core.faults import fault_point
from app.core.ground import Ground
from app.core.log import logger
from app.core.shared_commit import commit_group
from app.messaging.attempt import Mark, Record, write_attempts
from app.messaging.call_carrier import Called, call_carrier
from app.messaging.claim import Claimed, claim

LOST_CLAIM = "lost_claim"  # somebody else's by the time we would have sent it: not sent
UNRECORDED = "unrecorded"  # the database was away: the lease runs out, then it is freed or settled
RECORD_AGAIN_S = 1.0
DEEP, SHALLOW = 4, 2  # messages in hand for each sender, while carriers answer at once and while they take their time
AT_ONCE_S = 0.1
NEWEST_COUNTS = 0.1  # the weight of the newest call in what a call usually takes
ALONE_S = 1.0  # how long one that was tried in vain is out before the next such may leave
TWICE = 2

log = logger("messaging")


class InHand:
    """`claim_up_to` takes messages in hand, `step` moves them on, `finish` ends all that was begun. `senders` has one
    thread more than there are hands."""

    def __init__(
        self, ground: Ground, senders: ThreadPoolExecutor, *, hands: int, lease: timedelta, counts: Counter[str]
    ) -> None:
        self._ground, self._senders, self._hands, self._lease, self._counts = ground, senders, hands, lease, counts
        self._waiting: list[Claimed] = []
        self._with_carriers = 0
        self._back: SimpleQueue[Future[Any]] = SimpleQueue()
        self._claiming: Future[tuple[int, list[Claimed]]] | None = None
        self._is_dry = False  # the newest claim found nothing
        self._is_worth_a_claim = True
        self.taken = 0
        self._unrecorded: list[Called] = []
        self._usual_s = AT_ONCE_S
        self._next_doubtful_at = 0.0  # machine time, monotonic
        self._error: BaseException | None = None

    @property
    def is_empty(self) -> bool:
        return not (self._waiting or self._with_carriers or self._unrecorded or self._claiming)

    @property
    def is_dry(self) -> bool:
        """The newest claim found nothing, and nothing has moved since it was begun."""
        return self._is_dry and not self._is_worth_a_claim

    @property
    def has_failed(self) -> bool:
        """Something nobody foresaw has happened; `finish` raises it."""
        return self._error is not None

    def claim_up_to(self, limit: int) -> None:
        """Begin to take more in hand, `limit` in all: not before it is worth a claim, nor while outcomes cannot be
        recorded."""
        if self._claiming or self._unrecorded or not self._is_worth_a_claim:
            return
        most, left = self._hands * (DEEP if self._usual_s < AT_ONCE_S else SHALLOW), limit - self.taken
        room = min(most - len(self._waiting) - self._with_carriers, left)
        if room > 0 and room >= min(most // 2, left):
            self._is_worth_a_claim = False
            self._claiming = self._senders.submit(_claim, self._ground, room, self._lease)
            self._claiming.add_done_callback(self._back.put)

    def step(self) -> None:
        """Wait for carriers or a claim (not for long, and only when there is nothing better to do), write what is to be
        written, set free hands to work."""
        called = [*self._unrecorded, *self._come_back()]
        leaving = [] if self._unrecorded else self._next_to_leave()
        marks, records = self._write(leaving, called)
        for claimed, mark in zip(leaving, marks, strict=True):
            self._begin(claimed, mark)
        self._unrecorded = [each for each, record in zip(called, records, strict=True) if not self._end(each, record)]

    def finish(self) -> None:
        while not self.is_empty:
            self.step()
        if self._error is not None:
            raise self._error

    def _come_back(self) -> list[Called]:
        """Whom the carriers have answered; what was claimed is in hand. Waits for either, unless a free hand has
        something to do."""
        is_idle = self._unrecorded or self._with_carriers == self._hands or not self._ready()
        back = _waiting_in(self._back, wait_s=RECORD_AGAIN_S if is_idle else 0.0)
        if self._claiming in back:
            back.remove(self._claiming)
            self._take(self._claiming)
            self._is_worth_a_claim |= bool(back)  # a line has moved on
        else:
            self._is_worth_a_claim = True
        self._with_carriers -= len(back)
        called = []
        for future in back:
            if error := future.exception():
                self._error = error
                continue
            if (came := future.result()) is None:
                self._counts[LOST_CLAIM] += 1
                continue
            called.append(came)
            self._usual_s += NEWEST_COUNTS * (came.took_s - self._usual_s)
            if came.claimed.vain_tries:
                self._next_doubtful_at = 0.0
        return called

    def _take(self, claiming: Future[tuple[int, list[Claimed]]]) -> None:
        self._claiming = None
        if error := claiming.exception():
            self._error = error
            return
        found, claimed = claiming.result()
        self._is_dry = not found
        self._is_worth_a_claim |= not self._is_dry
        self.taken += len(claimed)
        self._waiting = sorted([*self._waiting, *claimed], key=lambda each: each.priority)

    def _next_to_leave(self) -> list[Claimed]:
        """As many as hands are free. One that was tried in vain leaves alone: no other attempt is begun together with
        it, to be lost with it."""
        ready = self._ready()[: self._hands - self._with_carriers]
        leaving = list(takewhile(lambda each: not each.vain_tries, ready)) or ready[:1]
        if leaving and leaving[0].vain_tries:
            self._next_doubtful_at = time.monotonic() + ALONE_S
        gone = {each.message_id for each in leaving}
        self._waiting = [each for each in self._waiting if each.message_id not in gone]
        return leaving

    def _ready(self) -> list[Claimed]:
        """Those that may leave now. While one that was tried in vain is out, those that were so twice wait a moment:
        else the innocent that once left with a deadly one would leave with it again, until they pass for deadly."""
        return [each for each in self._waiting if each.vain_tries < TWICE or time.monotonic() > self._next_doubtful_at]

    def _write(
        self, leaving: Sequence[Claimed], called: Sequence[Called]
    ) -> tuple[list[Future[bool]], list[Future[bool]]]:
        """Attempts and outcomes in one commit; each alone where one of them fails."""
        clock = self._ground.clock
        now, machine_now = clock.now(), clock.machine_now()
        marks = [Mark(each, now) for each in leaving]
        records = [Record(each.claimed, each.result, now=now, machine_now=machine_now) for each in called]
        writes: list[Mark | Record] = [*marks, *records]
        pieces = [(write, Future[bool]()) for write in writes]
        if pieces:
            commit_group(self._ground.database, pieces, write_attempts)
        done = [future for _, future in pieces]
        return done[: len(marks)], done[len(marks) :]

    def _begin(self, claimed: Claimed, mark: Future[bool]) -> None:
        if error := mark.exception():
            self._fail(claimed, error)
        elif mark.result():
            self._with_carriers += 1
            self._senders.submit(call_carrier, self._ground, claimed, lease=self._lease).add_done_callback(
                self._back.put
            )
        else:
            self._counts[LOST_CLAIM] += 1

    def _end(self, called: Called, record: Future[bool]) -> bool:
        """False: the outcome is still to be recorded."""
        if error := record.exception():
            if isinstance(error, DBAPIError) and time.monotonic() < called.give_up_at:
                return False
            self._fail(called.claimed, error)
            return True
        fault_point("after_record")
        outcome = called.result.outcome.value
        log.info("attempt_ended", message_id=called.claimed.message_id, outcome=outcome, code=called.result.code)
        self._counts[outcome] += 1
        return True

    def _fail(self, claimed: Claimed, error: BaseException) -> None:
        """The database was away; or something happened that nobody foresaw."""
        if not isinstance(error, DBAPIError):
            self._error = error
            return
        log.error("attempt_unrecorded", message_id=claimed.message_id, error=type(error).__name__)
        self._counts[UNRECORDED] += 1


def _claim(ground: Ground, room: int, lease: timedelta) -> tuple[int, list[Claimed]]:
    claimed = claim(ground, limit=room, lease=lease)
    fault_point("after_claim")
    return claimed


def _waiting_in(queue: SimpleQueue[Future[Any]], *, wait_s: float) -> list[Future[Any]]:
    """All that is in `queue`; while it is empty, what comes within `wait_s`."""
    found = []
    try:
        found.append(queue.get(block=wait_s > 0, timeout=wait_s or None))
        while True:
            found.append(queue.get_nowait())
    except Empty:
        return found

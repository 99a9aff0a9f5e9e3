"""Wake the workers through Redis: best effort, from a thread of its own, never in a request.

Redis holds nothing that matters. When it is away, full or emptied, the workers' own poll finds the work.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from app.core.log import logger

if TYPE_CHECKING:
    from rq import Queue

QUEUE = "farline"
ENOUGH = 8  # nudges waiting; each leads to a whole round, so more would say nothing new
CONNECT_WITHIN_S = 0.2
ANSWER_WITHIN_S = 1.0
QUIET_AFTER_FAILURE_S = 5.0


class RedisNudge:
    """Add `nudge` to the waker. Many nudges at once become one job."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._wanted = threading.Event()
        self._stopping = threading.Event()
        self._queue: Queue | None = None
        self.failures = 0
        self._thread = threading.Thread(target=self._run, name="redis-nudge", daemon=True)

    def start(self) -> Callable[[], None]:
        """Start the thread; returns the listener for the waker."""
        self._thread.start()
        return self._wanted.set

    def stop(self) -> None:
        self._stopping.set()
        self._wanted.set()
        self._thread.join(CONNECT_WITHIN_S + ANSWER_WITHIN_S)

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            if self._stopping.is_set():
                return
            if not self._enqueue():
                self._stopping.wait(QUIET_AFTER_FAILURE_S)

    def _enqueue(self) -> bool:
        from redis.exceptions import RedisError  # noqa: PLC0415 - Redis is optional

        try:
            queue = self._queue or nudge_queue(self._redis_url)
            if queue.count < ENOUGH:
                queue.enqueue("app.jobs.rq_worker.wake_up", result_ttl=0, failure_ttl=0, ttl=60)
            self._queue = queue
        except (RedisError, OSError) as error:
            self.failures += 1
            logger("jobs").warning("nudge_failed", error=type(error).__name__, failures=self.failures)
            return False
        return True


def nudge_queue(redis_url: str) -> Queue:
    """The one queue; JSON, so that whoever writes to Redis can name a function of ours but never bring code."""
    from redis import Redis  # noqa: PLC0415 - Redis is optional
    from rq import Queue  # noqa: PLC0415
    from rq.serializers import JSONSerializer  # noqa: PLC0415

    connection = Redis.from_url(
        redis_url, socket_connect_timeout=CONNECT_WITHIN_S, socket_timeout=ANSWER_WITHIN_S, retry_on_timeout=False
    )
    return Queue(QUEUE, connection=connection, serializer=JSONSerializer)

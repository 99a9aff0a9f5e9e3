"""The listening end of the nudge: an RQ worker whose only job is to say that there is work.

The process's own loop does the work and polls besides, so it makes no difference to anything but latency whether Redis
is there. RQ's retries, scheduler and registries are not used.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from app.core.log import logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from rq import SimpleWorker

LISTEN_FOR_S = 60  # one listening period: Redis forgets a listener that has not been heard of for so long
PAUSE_S = 5.0
STOP_WITHIN_S = 5.0

_listeners: list[Callable[[], None]] = []


def wake_up() -> None:
    """What the queue holds: no arguments, no content."""
    for listener in _listeners:
        listener()


class Listener:
    """A thread that listens on the queue and calls `nudge` for every job."""

    def __init__(self, redis_url: str, nudge: Callable[[], None]) -> None:
        self._redis_url = redis_url
        self._nudge = nudge
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="redis-listener", daemon=True)
        _listeners.append(nudge)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Wake it to end it; when another takes that nudge it ends after its wait. With the process it ends anyway."""
        from redis.exceptions import RedisError  # noqa: PLC0415 - Redis is optional

        from app.jobs.nudge import nudge_queue  # noqa: PLC0415

        self._stopping.set()
        _listeners.remove(self._nudge)
        with suppress(RedisError, OSError):
            nudge_queue(self._redis_url).enqueue("app.jobs.rq_worker.wake_up", result_ttl=0, failure_ttl=0, ttl=60)
        self._thread.join(STOP_WITHIN_S)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                worker = _make_worker(self._redis_url, self._stopping)
                worker.work(burst=False, with_scheduler=False, logging_level="ERROR")
            except Exception as error:  # noqa: BLE001 - whatever it is, the poll goes on and we listen again
                logger("jobs").warning("redis_away", error=type(error).__name__)
            self._stopping.wait(PAUSE_S)


def _make_worker(redis_url: str, stopping: threading.Event) -> SimpleWorker:
    from redis import Redis  # noqa: PLC0415 - Redis is optional
    from rq import Queue, SimpleWorker  # noqa: PLC0415
    from rq.exceptions import StopRequested  # noqa: PLC0415
    from rq.serializers import JSONSerializer  # noqa: PLC0415
    from rq.timeouts import TimerDeathPenalty  # noqa: PLC0415

    from app.jobs.nudge import CONNECT_WITHIN_S, QUEUE  # noqa: PLC0415

    class ThreadWorker(SimpleWorker):
        """A worker that leaves signals to the process it lives in."""

        death_penalty_class = TimerDeathPenalty

        def _install_signal_handlers(self) -> None:
            """The command owns them."""

        def heartbeat(self, *args: Any, **named: Any) -> None:
            """Before each wait, also between its tries to reach a Redis that is away: the place to end."""
            if stopping.is_set():
                raise StopRequested
            super().heartbeat(*args, **named)

    connection = Redis.from_url(redis_url, socket_connect_timeout=CONNECT_WITHIN_S)
    queue = Queue(QUEUE, connection=connection, serializer=JSONSerializer)
    return ThreadWorker([queue], connection=connection, serializer=JSONSerializer, worker_ttl=LISTEN_FOR_S)

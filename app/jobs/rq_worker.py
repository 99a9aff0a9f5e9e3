"""The listening end of the nudge: an RQ worker whose only job is to say that there is work.

The process's own loop does the work and polls besides, so it makes no difference to anything but latency whether Redis
is there. RQ's retries, scheduler and registries are not used.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from app.core.log import logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from rq import SimpleWorker

LISTEN_FOR_S = 60  # one listening period; then the worker is made anew, so a lost connection is found
PAUSE_S = 5.0

_listeners: list[Callable[[], None]] = []


def wake_up() -> None:
    """What the queue holds: no arguments, no content."""
    for listener in _listeners:
        listener()


class Listener:
    """A thread that listens on the queue and calls `nudge` for every job."""

    def __init__(self, redis_url: str, nudge: Callable[[], None]) -> None:
        self._redis_url = redis_url
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="redis-listener", daemon=True)
        _listeners.append(nudge)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """It may sit in a blocking read; being a daemon it ends with the process."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                _make_worker(self._redis_url).work(burst=False, with_scheduler=False, logging_level="ERROR")
            except Exception as error:  # noqa: BLE001 - whatever it is, the poll goes on and we listen again
                logger("jobs").warning("redis_away", error=type(error).__name__)
            self._stopping.wait(PAUSE_S)


def _make_worker(redis_url: str) -> SimpleWorker:
    from redis import Redis  # noqa: PLC0415 - Redis is optional
    from rq import Queue, SimpleWorker  # noqa: PLC0415
    from rq.serializers import JSONSerializer  # noqa: PLC0415
    from rq.timeouts import TimerDeathPenalty  # noqa: PLC0415

    from app.jobs.nudge import CONNECT_WITHIN_S, QUEUE  # noqa: PLC0415

    class ThreadWorker(SimpleWorker):
        """A worker that leaves signals to the process it lives in."""

        death_penalty_class = TimerDeathPenalty

        def _install_signal_handlers(self) -> None:
            """The command owns them."""

    connection = Redis.from_url(redis_url, socket_connect_timeout=CONNECT_WITHIN_S)
    queue = Queue(QUEUE, connection=connection, serializer=JSONSerializer)
    return ThreadWorker([queue], connection=connection, serializer=JSONSerializer, worker_ttl=LISTEN_FOR_S)

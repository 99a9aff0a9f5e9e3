"""The set-up of docs/operations.md on one machine: gunicorn on a shared port, workers, PostgreSQL, Redis, a carrier."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.core.database import Database
from tests.beds.postgres import PostgresBed
from tests.beds.process import free_port, start, stop
from tests.beds.redis import RedisBed
from tests.gateway.bed import ROOT, StandInBed

BIN = Path(sys.executable).parent
SETTINGS = """[carriers.line]
kind = "twilio"
account_sid = "{account_sid}"
auth_tokens = ["{token}"]
sender = "{sender}"
base_url = "{base_url}"
timeout_s = 5
"""


@dataclass
class Town:
    """The running parts. `webs` share one port: the kernel gives a caller to whichever of them lives."""

    home: Path
    postgres: PostgresBed
    redis: RedisBed
    standin: StandInBed
    database_url: str
    port: int = field(default_factory=free_port)
    webs: list[subprocess.Popen] = field(default_factory=list)
    workers: list[subprocess.Popen] = field(default_factory=list)

    @property
    def public_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Database:
        return Database(self.database_url, pool_size=4)

    def write_settings(self) -> None:
        known = self.standin.settings
        self.home.mkdir(exist_ok=True)
        (self.home / "farline.toml").write_text(SETTINGS.format(token=known["auth_tokens"][0], **known))

    def start_web(self, *, ready: bool = True) -> subprocess.Popen:
        """One gunicorn service, as in farline-web.service."""
        bind = f"127.0.0.1:{self.port}"
        command = ["gunicorn", "--bind", bind, "--reuse-port", "--workers", "1", "--threads", "4", "wsgi:app"]
        return self._start(command, f"web-{len(self.webs)}", is_ready=self.answers if ready else lambda: True)

    def start_worker(self) -> subprocess.Popen:
        return self._start(["farline", "worker"], f"worker-{len(self.workers)}", is_ready=lambda: True)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.public_url}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        for process in (*self.workers, *self.webs):
            stop(process, timeout_s=15)

    def _start(self, command: list[str], log: str, *, is_ready) -> subprocess.Popen:
        environment = {
            "FARLINE_HOME": self.home,
            "FARLINE_DATABASE_URL": self.database_url,
            "FARLINE_REDIS_URL": self.redis.url,
            "FARLINE_PUBLIC_URL": self.public_url,
            "FARLINE_LOG_LEVEL": "WARNING",
            "FARLINE_POOL_SIZE": "5",
            "FARLINE_POLL_S": "1",
            "PYTHONPATH": ROOT,
        }
        told = [f"{name}={value}" for name, value in environment.items()]
        program, *rest = command
        return start(
            ["/usr/bin/env", "-C", str(ROOT), *told, str(BIN / program), *rest],
            log=self.home / f"{log}.log",
            ready=is_ready,
            timeout_s=60,
        )


def kill(process: subprocess.Popen) -> None:
    """SIGKILL to it and all it started, as when its machine dies."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def running_town(town: Town, *, webs: int, workers: int) -> Iterator[Town]:
    """The town at work; its database must be filled already."""
    town.write_settings()
    try:
        for number in range(webs):
            town.webs.append(town.start_web(ready=number == 0))
        town.workers += [town.start_worker() for _ in range(workers)]
        yield town
    finally:
        town.stop()

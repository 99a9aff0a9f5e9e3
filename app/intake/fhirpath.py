"""Evaluates the FHIRPath that forms/ leaves to the server, in a process of its own (app/intake/fhirpath_process.py).

The library is pure Python and cannot be interrupted from within; a process can be ended. Started when first needed, it
ends by itself when idle. An expression that used up its time once is not tried again.
"""

from __future__ import annotations

import atexit
import json
import os
import queue
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from forms.questionnaire import Questionnaire
from forms.serve import Server

Values = list[Any]

_PROGRAM = Path(__file__).with_name("fhirpath_process.py")
_START_SECONDS = 20.0
_EXPRESSION_SECONDS = 5.0  # on the clock, for a machine that is busy with other things; the process counts its own time
_MOST_KEPT = 256
_MOST_ENDED = 2  # expressions of one request that may end the process; the rest has to wait for the next turn


def server_for(questionnaire: Questionnaire) -> Server | None:
    """The port for a form's engine; None when all its expressions are computed without it."""
    return Server(questionnaire, evaluate) if questionnaire.served else None


def evaluate(request: Mapping[str, Any]) -> Sequence[Values]:
    """Values for each wanted expression, none for what cannot be evaluated in time. Never raises."""
    return _EVALUATOR.evaluate(request)


class Evaluator:
    """One process and what it has answered lately; one request at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: _Process | None = None
        self._kept: OrderedDict[str, list[Values]] = OrderedDict()
        self._given_up: OrderedDict[str, None] = OrderedDict()

    def evaluate(self, request: Mapping[str, Any]) -> list[Values]:
        wanted = [one["text"] for one in request["wanted"]]
        key = json.dumps(request, sort_keys=True, allow_nan=False)
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
            found, is_whole = self._ask(request, wanted)
            if is_whole:
                self._kept[key] = found
                _trim(self._kept)
            return found

    def _ask(self, request: Mapping[str, Any], wanted: Sequence[str]) -> tuple[list[Values], bool]:
        """One answer per expression, and whether all were tried; one that ends the process is given up for good."""
        ended = 0
        found: list[Values] = [[] for _ in wanted]
        left = [number for number, text in enumerate(wanted) if text not in self._given_up]
        while left and ended < _MOST_ENDED:
            process = self._running()
            if process is None:
                break
            process.send({**request, "wanted": [request["wanted"][number] for number in left]})
            while left and (answer := process.receive(_EXPRESSION_SECONDS)) is not None:
                found[left.pop(0)] = answer
            if left:
                self.close()
                self._given_up[wanted[left.pop(0)]] = None
                _trim(self._given_up)
                ended += 1
        return found, not left

    def _running(self) -> _Process | None:
        """The process, started anew after a fork, an end or a long pause."""
        if self._process is None or not self._process.is_alive():
            self.close()
            self._process = _Process()
            if self._process.receive(_START_SECONDS) is None:
                self.close()
        return self._process

    def close(self) -> None:
        """End the process, if there is one of ours."""
        if self._process is not None:
            self._process.end()
        self._process = None


class _Process:
    """The running program; a thread takes its lines, so that waiting for one can end."""

    def __init__(self) -> None:
        self._parent = os.getpid()
        self._lines: queue.Queue[str] = queue.Queue()
        self._program = subprocess.Popen(  # noqa: S603 - our own program, no arguments of anybody else
            [sys.executable, "-I", str(_PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        Thread(target=self._read, name="fhirpath", daemon=True).start()

    def _read(self) -> None:
        assert self._program.stdout is not None
        for line in self._program.stdout:
            self._lines.put(line)
        self._lines.put("")

    def is_alive(self) -> bool:
        return self._parent == os.getpid() and self._program.poll() is None

    def send(self, message: Mapping[str, Any]) -> None:
        assert self._program.stdin is not None
        try:
            self._program.stdin.write(json.dumps(message, allow_nan=False) + "\n")
            self._program.stdin.flush()
        except OSError:
            return  # it has ended: nothing will be received

    def receive(self, seconds: float) -> Any:
        """The next line's JSON; None when the program has ended or takes too long."""
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            return None
        return json.loads(line) if line else None

    def end(self) -> None:
        if self._parent == os.getpid():
            self._program.kill()
            self._program.wait()


def _trim(kept: OrderedDict[str, Any]) -> None:
    while len(kept) > _MOST_KEPT:
        kept.popitem(last=False)


_EVALUATOR = Evaluator()
atexit.register(_EVALUATOR.close)

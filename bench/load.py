"""Fire prepared HTTP requests at a server over kept connections, as fast as it answers, and time each one."""

from __future__ import annotations

import selectors
import socket
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode


@dataclass
class Load:
    """What came back: seconds per answer, and how many of each status."""

    took_s: float = 0.0
    waits_s: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        return len(self.waits_s) / self.took_s


@dataclass
class _Line:
    """One kept connection and the answer it is receiving."""

    socket: socket.socket
    asked_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)


def form_post(path: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> bytes:
    """A whole HTTP/1.1 request with a form in its body."""
    body = urlencode(fields).encode()
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def fire_at(port: int, requests: Sequence[bytes], *, connections: int, rate: float) -> Load:
    """Send `requests` at `rate` a second, evenly, whatever the answers do; a wait counts from the moment it was due,
    so that a server that falls behind cannot hide it."""
    load, idle, due = Load(), deque[_Line](), deque(enumerate(requests))
    started = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for _ in range(connections):
            idle.append(line := _open_line(port))
            selector.register(line.socket, selectors.EVENT_READ, line)
        while due or len(idle) < connections:
            while due and idle and time.perf_counter() >= (due_at := started + due[0][0] / rate):
                line = idle.popleft()
                line.asked_at = due_at
                line.socket.sendall(due.popleft()[1])
            next_at = started + due[0][0] / rate if due and idle else None
            for key, _events in selector.select(max(0.0, next_at - time.perf_counter()) if next_at else None):
                _hear(key.data, load)
                if not key.data.received:
                    idle.append(key.data)
        for line in idle:
            line.socket.close()
    load.took_s = time.perf_counter() - started
    return load


def fire(port: int, requests: Sequence[bytes], *, connections: int, limit_s: float) -> Load:
    """Send `requests` in order over `connections` lines, each waiting for its answer; stops after `limit_s`."""
    load, waiting = Load(), iter(requests)
    started = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for _ in range(connections):
            line = _open_line(port)
            selector.register(line.socket, selectors.EVENT_READ, line)
            _ask(line, waiting, selector)
        while selector.get_map():
            for key, _events in selector.select():
                _hear(key.data, load)
                if not key.data.received:
                    _ask(key.data, waiting if time.perf_counter() - started < limit_s else iter(()), selector)
    load.took_s = time.perf_counter() - started
    return load


def _open_line(port: int) -> _Line:
    line = _Line(socket.create_connection(("127.0.0.1", port)))
    line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def _ask(line: _Line, waiting: Iterator[bytes], selector: selectors.BaseSelector) -> None:
    request = next(waiting, None)
    if request is None:
        selector.unregister(line.socket)
        line.socket.close()
        return
    line.asked_at = time.perf_counter()
    line.socket.sendall(request)


def _hear(line: _Line, load: Load) -> None:
    """Take what has arrived; when the answer is whole, note its time and be ready for the next."""
    arrived = line.socket.recv(65536)
    if not arrived:
        raise ConnectionError("the server closed a kept connection")
    line.received += arrived
    head, gap, body = bytes(line.received).partition(b"\r\n\r\n")
    if not gap or len(body) < _length(head):
        return
    load.waits_s.append(time.perf_counter() - line.asked_at)
    load.statuses[int(head.split(b" ", 2)[1])] += 1
    line.received.clear()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0

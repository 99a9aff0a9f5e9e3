"""A small server standing for ours: verifies, parses and answers a carrier's real requests, and keeps what it heard."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from channels.base import Carrier, Event, VoiceCarrier
from channels.errors import BadRequest, ForgedRequest
from channels.webhook import WebhookAnswer, WebhookRequest


class Receiver(ThreadingHTTPServer):
    """`failing` answers 503 to so many inbound texts first, as a server whose database is away does."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.carrier: Carrier | VoiceCarrier | None = None
        self.events: list[Event] = []
        self.statuses: list[tuple[str, int]] = []  # method and what was answered
        self.failing = 0
        self.answering: Callable[[Event], WebhookAnswer] = lambda _: WebhookAnswer()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def hear(self, request: WebhookRequest) -> WebhookAnswer:
        if self.failing > 0 and request.method == "POST":
            self.failing -= 1
            return WebhookAnswer(status=503)
        assert self.carrier is not None
        try:
            self.carrier.verify(request)
            event = self.carrier.parse(request, datetime.now(UTC))
        except ForgedRequest:
            return WebhookAnswer(status=403)
        except BadRequest:
            return WebhookAnswer(status=400)
        self.events.append(event)
        return self.answering(event)

    def wait_for(self, count: int, kind: type[Any], *, timeout_s: float = 30, **about: str) -> list[Any]:
        """The events of one kind (and with these values), once there are `count` of them."""
        deadline = time.monotonic() + timeout_s
        while len(found := [event for event in self.events if _is(event, kind, about)]) < count:
            assert time.monotonic() < deadline, f"heard {self.events}, answered {self.statuses}"
            time.sleep(0.02)
        return found


def _is(event: Event, kind: type[Any], about: dict[str, str]) -> bool:
    return isinstance(event, kind) and all(getattr(event, name) == value for name, value in about.items())


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.hear(WebhookRequest(self.command, self.server.url + self.path, headers, body))
        self.server.statuses.append((self.command, answer.status))
        content = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST  # noqa: N815  the base class names it so

    def log_message(self, *args: Any) -> None:
        """Quiet."""

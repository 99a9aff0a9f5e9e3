"""A real FHIR R4 server (sekmet-fhir) for one test run, and a wire in front of it that can be made to misbehave."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

from app.demo.record_server import RecordServer
from tests.beds.process import start, stop
from tests.beds.room import throwaway_folder

CLINIC_DAY = Path(__file__).parents[1] / "data" / "clinic-day"
DAY = (CLINIC_DAY / "clinic-day.bundle.json").read_bytes()
CHANGES = (CLINIC_DAY / "clinic-changes.bundle.json").read_bytes()


@dataclass
class RecordBed:
    """A running FHIR server that holds the clinic's day."""

    base_url: str
    folder: Path
    process: subprocess.Popen

    def get(self, path: str) -> requests.Response:
        return requests.get(f"{self.base_url}/{path}", timeout=10)

    def put(self, kind: str, body: dict[str, Any]) -> None:
        answer = requests.put(f"{self.base_url}/{kind}/{body['id']}", json=body, timeout=10)
        assert answer.ok, answer.text

    def change(self, kind: str, resource_id: str, **changes: Any) -> None:
        """As clinic staff would: read, change, write."""
        self.put(kind, {**self.get(f"{kind}/{resource_id}").json(), **changes})

    def load(self, bundle: bytes) -> None:
        answer = requests.post(
            self.base_url, data=bundle, headers={"Content-Type": "application/fhir+json"}, timeout=60
        )
        assert answer.ok, answer.text

    def versions(self, kind: str, resource_id: str) -> int:
        """How often the resource was written."""
        return len(self.get(f"{kind}/{resource_id}/_history").json().get("entry", []))

    def stop(self) -> None:
        stop(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)


def start_record() -> RecordBed:
    folder = throwaway_folder("farline-fhir-")
    server = RecordServer(folder)
    url, settings = server.base_url, server._write_settings()
    process = start(
        [str(Path(sys.executable).parent / "sekmet"), "serve", "--config", str(settings)],
        log=folder / "server.log",
        ready=server.answers,
        timeout_s=60,
    )
    bed = RecordBed(url, folder, process)
    bed.load(DAY)
    return bed


@dataclass
class Wire:
    """A proxy to the real server. `faults` are used up one per request; `seen` lists what came through."""

    target: str
    faults: deque[tuple[str, Any]] = field(default_factory=deque)
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    capabilities: dict[str, Any] | None = None  # answered instead of the server's own
    _server: ThreadingHTTPServer | None = None

    @property
    def base_url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}/fhir"

    def fail(self, *faults: tuple[str, Any]) -> None:
        """Next requests: ("status", (503, {headers})), ("body", bytes), ("reset_before", None),
        ("reset_after", None), ("ok", None)."""
        self.faults.extend(faults)

    def writes(self) -> list[str]:
        """The paths written to."""
        return [path for method, path, _headers, _body in self.seen if method in ("PUT", "POST", "PATCH", "DELETE")]

    def sent(self, kind: str) -> list[dict[str, Any]]:
        """The bodies put as this kind of resource."""
        return [json.loads(body) for method, path, _h, body in self.seen if method == "PUT" and f"/{kind}/" in path]

    def open(self) -> None:
        handler = type("Handler", (_Handler,), {"wire": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    wire: Wire
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.wire.seen.append((self.command, self.path, dict(self.headers), body))
        kind, detail = self.wire.faults.popleft() if self.wire.faults else ("ok", None)
        if kind == "reset_before":
            return self._hang_up()
        if kind == "status":
            status, headers = detail
            return self._answer(status, b'{"resourceType":"OperationOutcome","issue":[{"code":"processing"}]}', headers)
        if kind == "body":
            return self._answer(200, detail, {})
        if self.wire.capabilities is not None and self.path.endswith("/metadata"):
            return self._answer(200, json.dumps(self.wire.capabilities).encode(), {})
        answer = self._forward(body)
        if kind == "reset_after":
            return self._hang_up()
        kept = {name: answer.headers[name] for name in ("ETag", "Last-Modified", "Location") if name in answer.headers}
        text = answer.content.replace(self.wire.target.encode(), self.wire.base_url.encode())
        return self._answer(answer.status_code, text, kept)

    do_GET = do_PUT = do_POST = do_DELETE = _serve  # noqa: N815 - the names http.server calls

    def _forward(self, body: bytes) -> requests.Response:
        passed = ("Content-Type", "Accept", "If-Match", "If-None-Match", "Prefer")
        headers = {name: self.headers[name] for name in passed if name in self.headers}
        url = self.wire.target + self.path.removeprefix("/fhir")
        return requests.request(self.command, url, data=body or None, headers=headers, timeout=20)

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/fhir+json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.close()

    def log_message(self, *_: Any) -> None:
        """Tests read `wire.seen` instead."""

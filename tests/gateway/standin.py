"""The counting stand-in carrier: a process of its own that speaks the create and list parts of a Twilio-like API.

It records every message on disk before it answers, misbehaves as told, sends signed receipts, and shows its ledger:

    POST /2010-04-01/Accounts/{sid}/Messages.json      as published        GET the same path lists, newest first
    POST /2010-04-01/Accounts/{sid}/Calls.json         as published        GET the same path lists, newest first
    GET  /2010-04-01/Accounts/{sid}/Messages/{id}/Media/{id}
    POST /control/faults   {"mode": ..., ...}          POST /control/inbound  {"url": ..., "fields": {...}}
    GET  /control/ledger   everything accepted, in order, with webhooks posted and still waiting
    GET  /control/waiting  how many webhooks wait: cheap enough to be asked often

Run: python -m tests.gateway.standin FOLDER [--port N]
"""

from __future__ import annotations

import argparse
import base64
import json
import socket
import struct
import threading
import time
import uuid
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.gateway.callee import take_call
from tests.gateway.faults import Die
from tests.gateway.ledger import Ledger
from tests.gateway.posting import Postman

ACCOUNT = "AC" + "5" * 32
TOKEN = "stand-in-token"
ROOT = f"/2010-04-01/Accounts/{ACCOUNT}"
KINDS = {f"{ROOT}/Messages.json": "message", f"{ROOT}/Calls.json": "call"}
PREFIX = {"message": "SM", "call": "CA"}
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


class StandIn(ThreadingHTTPServer):
    """The server with what it remembers."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, folder: Path) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.ledger = Ledger(folder / "ledger.jsonl")
        self.die = Die()
        self.postman = Postman(TOKEN)
        self.requests: list[dict[str, Any]] = []

    def shutdown_request(self, request: Any) -> None:
        """Close without the polite half-close first: a reset must arrive as a reset."""
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Resets we caused, and clients that were killed, are the point of this server."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: StandIn

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = urlsplit(self.path).path
        if path == "/control/faults":
            self.server.die.change(json.loads(body))
            self._answer(200, {})
        elif path == "/control/inbound":
            told = json.loads(body)
            status, text = self.server.postman.now(told["url"], told["fields"])
            self._answer(200, {"status": status, "body": text})
        elif path in KINDS:
            self._create(KINDS[path], dict(parse_qsl(body.decode(), keep_blank_values=True)))
        else:
            self._refuse(404, 20404)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/control/ledger":
            server = self.server
            told = {"entries": server.ledger.entries, "posted": server.postman.log, "waiting": server.postman.waiting}
            self._answer(200, told | {"requests": server.requests})
        elif parts.path == "/control/waiting":
            self._answer(200, {"waiting": self.server.postman.waiting})
        elif parts.path in KINDS and self._is_signed_in():
            self._list(KINDS[parts.path], dict(parse_qsl(parts.query)), parts.path)
        elif "/Media/" in parts.path and self._is_signed_in():
            self._send_media(self.server.die.faults.media.get(parts.path.rpartition("/")[2], ""))
        else:
            self._refuse(404, 20404)

    def _send_media(self, fault: str) -> None:
        if fault == "gone":
            return self._refuse(404, 20404)
        content = {"large": PIXEL + bytes(6_000_000), "page": b"<script>alert(1)</script>"}.get(fault, PIXEL)
        return self._send(200, content, "image/gif")

    def _create(self, kind: str, fields: dict[str, str]) -> None:
        mode, faults = self.server.die.next_mode(), self.server.die.faults
        self.server.requests.append({"kind": kind, "mode": mode, "at": time.time(), "to": fields.get("To")})
        time.sleep(faults.delay_ms / 1000)
        if not self._is_signed_in():
            return self._refuse(401, 20003)
        if mode == "too_many":
            return self._answer(429, _error(429, 20429), {"Retry-After": str(faults.retry_after_s)})
        if mode == "error":
            return self._refuse(500, 20500)
        if mode == "reset_before":
            return self._reset()
        if mode == "hang_before":
            time.sleep(faults.hang_s)
            return self._reset()
        if code := faults.refuse.get(fields.get("To", ""), 0) or _missing(kind, fields):
            return self._refuse(400, code)
        return self._accept(kind, fields, mode)

    def _accept(self, kind: str, fields: dict[str, str], mode: str) -> None:
        faults = self.server.die.faults
        entry = _entry(kind, fields)
        self.server.ledger.keep(entry)
        if kind == "call" and entry["to"] in faults.callees:
            taker = threading.Timer(0.05, take_call, (self.server.postman, entry, faults.callees[entry["to"]]))
            taker.daemon = True
            taker.start()
        if kind == "message":
            self.server.postman.receipts(entry, faults)
        if kind == "message" and faults.receipts == "early":
            deadline = time.monotonic() + 30
            while self.server.postman.waiting and time.monotonic() < deadline:
                time.sleep(0.005)
        if mode == "error_after":
            return self._refuse(500, 20500)
        if mode == "hang_after":
            time.sleep(faults.hang_s)
        if mode in ("hang_after", "reset_after"):
            return self._reset()
        return self._answer(201, _resource(entry))

    def _list(self, kind: str, query: dict[str, str], path: str) -> None:
        size, page = int(query.get("PageSize", 50)), int(query.get("Page", 0))
        found = self.server.ledger.newest_to(kind, query.get("To"))
        shown = found[page * size : (page + 1) * size]
        more = f"{path}?{urlencode({**query, 'Page': page + 1})}" if len(found) > (page + 1) * size else None
        listing = {
            f"{kind}s": [_listed(entry, self.server.die.faults.redacted) for entry in shown],
            "page": page,
            "page_size": size,
            "uri": self.path,
        }
        self._answer(200, listing | {"next_page_uri": more, "first_page_uri": path, "previous_page_uri": None})

    def _is_signed_in(self) -> bool:
        expected = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        return self.headers.get("Authorization") == f"Basic {expected}"

    def _refuse(self, status: int, code: int) -> None:
        self._answer(status, _error(status, code))

    def _answer(self, status: int, document: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(document).encode(), "application/json", headers)

    def _send(self, status: int, body: bytes, content_type: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": content_type, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def log_message(self, *args: Any) -> None:
        """Quiet: the ledger is the log."""


def _missing(kind: str, fields: dict[str, str]) -> int:
    """The carrier's code for a field that must be there, 0 when all are."""
    if not fields.get("To"):
        return 21604 if kind == "message" else 21201
    if not fields.get("From") and not fields.get("MessagingServiceSid"):
        return 21603
    if kind == "message" and not fields.get("Body"):
        return 21602
    return 0 if kind == "message" or fields.get("Url") else 21205


def _entry(kind: str, fields: dict[str, str]) -> dict[str, Any]:
    return {
        "kind": kind,
        "sid": PREFIX[kind] + uuid.uuid4().hex,
        "account_sid": ACCOUNT,
        "at": time.time(),
        "to": fields["To"],
        "from": fields.get("From") or "+13435550100",
        "service": fields.get("MessagingServiceSid"),
        "body": fields.get("Body"),
        "url": fields.get("Url"),
        "callback": fields.get("StatusCallback"),
        "fields": fields,
        "heard": [],
    }


def _listed(entry: dict[str, Any], redacted: list[str]) -> dict[str, Any]:
    return _resource(entry) | ({"body": ""} if entry["to"] in redacted else {})


def _resource(entry: dict[str, Any]) -> dict[str, Any]:
    """The published shape of a message or call, with the values a fresh one has."""
    at = format_datetime(datetime.fromtimestamp(entry["at"], UTC))
    common = {
        "sid": entry["sid"],
        "account_sid": entry["account_sid"],
        "api_version": "2010-04-01",
        "date_created": at,
        "date_updated": at,
        "direction": "outbound-api",
        "from": entry["from"],
        "price": None,
        "price_unit": "USD",
        "to": entry["to"],
        "uri": f"{ROOT}/{'Messages' if entry['kind'] == 'message' else 'Calls'}/{entry['sid']}.json",
        "subresource_uris": {},
    }
    if entry["kind"] == "call":
        return common | {
            "status": "queued",
            "duration": None,
            "answered_by": None,
            "start_time": None,
            "end_time": None,
        }
    return common | {
        "body": entry["body"],
        "date_sent": at,
        "error_code": None,
        "error_message": None,
        "messaging_service_sid": entry["service"],
        "num_media": "0",
        "num_segments": "1",
        "status": "accepted" if entry["service"] else "queued",
    }


def _error(status: int, code: int) -> dict[str, Any]:
    about = f"https://www.twilio.com/docs/errors/{code}"
    return {"code": code, "message": f"Refused with {code}", "more_info": about, "status": status}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    server = StandIn(chosen.port, chosen.folder)
    (chosen.folder / "port").write_text(str(server.server_address[1]))
    server.serve_forever()


if __name__ == "__main__":
    main()

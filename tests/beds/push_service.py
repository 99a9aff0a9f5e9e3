"""A push service on a port of its own: keeps what it is sent, checks who signed, and answers as it is told to."""

from __future__ import annotations

import json
import threading
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature


@dataclass
class PushService:
    """`status` is the next answer's; `knocks` are (path, headers, body) in their order."""

    url: str = ""
    status: int = 201
    knocks: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def endpoint(self, name: str = "phone") -> str:
        return f"{self.url}/send/{name}"


def signed_claims(headers: dict[str, str]) -> tuple[dict[str, Any], str]:
    """The claims in a VAPID header, its signature checked, and the key that signed (RFC 8292)."""
    scheme, _, rest = headers["Authorization"].partition(" ")
    assert scheme == "vapid"
    said = dict(part.strip().split("=", 1) for part in rest.split(","))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(said["k"]))
    text, _, mark = said["t"].rpartition(".")
    raw = _bytes(mark)
    signature = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key.verify(signature, text.encode(), ec.ECDSA(hashes.SHA256()))
    head, claims = (json.loads(_bytes(each)) for each in text.split("."))
    assert head["alg"] == "ES256"
    return claims, said["k"]


@contextmanager
def push_service() -> Iterator[PushService]:
    service = PushService()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            service.knocks.append((self.path, dict(self.headers), body))
            self.send_response(service.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))

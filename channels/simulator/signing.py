"""The simulator's signature: HMAC-SHA256 over url and body, so that a demo's webhooks are guarded like real ones."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from channels.errors import ForgedRequest
from channels.webhook import WebhookRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADER = "x-simulator-signature"
FORM = "application/x-www-form-urlencoded"


def signed_request(url: str, fields: Mapping[str, str], *, secret: str) -> WebhookRequest:
    """The POST a simulated phone's carrier makes to us."""
    body = urlencode(fields).encode()
    headers = {"content-type": FORM, HEADER: _signature(url, body, secret=secret)}
    return WebhookRequest("POST", url, headers, body)


def check_signature(request: WebhookRequest, *, secret: str) -> None:
    """Raise `ForgedRequest` unless `request` was signed with `secret`."""
    given = request.headers.get(HEADER, "")
    expected = _signature(request.url, request.body, secret=secret)
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise ForgedRequest("The request is not signed by the simulator.")


def _signature(url: str, body: bytes, *, secret: str) -> str:
    return hmac.new(secret.encode(), url.encode() + b"\n" + body, hashlib.sha256).hexdigest()

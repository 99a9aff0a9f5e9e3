"""Is this request from Twilio? HMAC over the public url and the form, or over the url with the body's hash.

Source: twilio.com/docs/usage/webhooks/webhooks-security, checked against twilio-python's `RequestValidator`. Sample:

    POST https://mycompany.com/myapp.php?foo=1&bar=2
    X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8=
    CallSid=CA1234567890ABCDE Caller=+14158675309 Digits=1234 From=+14158675309 To=+18005551212     (token 12345)

The signature holds no time: a captured request stays valid for ever, so replays are caught by the ids it carries.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from channels.webhook import WebhookRequest

SIGNATURE_HEADER: Final = "x-twilio-signature"
SETTINGS_HEADER: Final = "x-twilio-webhooks-signature-settings"  # key=<id>,algorithm=<name>; absent: HMAC_SHA1
FORM: Final = "application/x-www-form-urlencoded"
ALGORITHMS: Final = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
DEFAULT_PORTS: Final = {"https": 443, "http": 80}


def is_signed(request: WebhookRequest, tokens: Sequence[str]) -> bool:
    """Whether one of `tokens` signed this request; several are valid while a token is being rotated."""
    given = request.headers.get(SIGNATURE_HEADER, "")
    algorithm = ALGORITHMS.get(_algorithm(request))
    if not given or algorithm is None or not _body_is_covered(request):
        return False
    form, claimed = _flatten(request.form), given.encode()
    signatures = [_signature(token, url + form, algorithm) for token in tokens for url in _spellings(request.url)]
    return any(hmac.compare_digest(signature, claimed) for signature in signatures)


def sign(url: str, form: Iterable[tuple[str, str]], token: str) -> str:
    """The signature Twilio puts on a form-encoded request."""
    return _signature(token, url + _flatten(form), "sha1").decode()


def _algorithm(request: WebhookRequest) -> str:
    for part in request.headers.get(SETTINGS_HEADER, "").split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return value.strip().upper()
    return "HMAC_SHA1"


def _body_is_covered(request: WebhookRequest) -> bool:
    """A form is part of the signed text; any other body only by its hash in the signed query."""
    if not request.body or request.content_type == FORM:
        return True
    stated = dict(request.query).get("bodySHA256", "")
    return hmac.compare_digest(stated.encode(), hashlib.sha256(request.body).hexdigest().encode())


def _flatten(form: Iterable[tuple[str, str]]) -> str:
    """Names and values, sorted; a pair that comes twice counts once, as in Twilio's own libraries."""
    return "".join(name + value for name, value in sorted(set(form)))


@lru_cache(maxsize=64)
def _spellings(url: str) -> tuple[str, ...]:
    """The url with and without its port: Twilio has signed either."""
    parts = urlsplit(url)
    port = parts.port or DEFAULT_PORTS.get(parts.scheme, 443)
    bare = parts.netloc.removesuffix(f":{port}")
    return tuple(urlunsplit(parts._replace(netloc=netloc)) for netloc in (bare, f"{bare}:{port}"))


def _signature(token: str, text: str, algorithm: str) -> bytes:
    return base64.b64encode(hmac.digest(token.encode(), text.encode("utf-8", "surrogatepass"), algorithm))

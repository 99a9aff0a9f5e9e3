"""Forms come from our own pages only: the browser's word on where a post came from, and a token per session.

The token is masked anew in each page, so that compression never tells it.
"""

from __future__ import annotations

import base64
import hmac
import os

from flask import g, request
from markupsafe import Markup

from app.core.errors import NotAllowed, ShapeWrong
from app.web.shell.access import Open, access_to
from app.web.shell.here import house

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FIELD = "csrf"
_STALE_SENTENCE = "This page was open too long or came from elsewhere. Please go back, reload it and try again."


def refuse_forgery() -> None:
    """Before any view that may change something, except carriers' webhooks and the API, which bring their own proof."""
    if request.method in SAFE_METHODS or request.endpoint is None:
        return
    if access_to(request.endpoint) in (Open.SIGNATURE, Open.BEARER):
        return
    if not _is_from_our_pages():
        raise NotAllowed(_STALE_SENTENCE)
    viewer = g.get("viewer")
    if viewer is not None and not isinstance(access_to(request.endpoint), Open):
        _check_token(request.headers.get("X-Csrf") or request.form.get(FIELD, ""), viewer.csrf)


def refuse_null_bytes() -> None:
    """No keyboard types one, and PostgreSQL stores none. Carriers, patients' pages and the simulator pass: a patient's
    words are kept as they came."""
    if request.endpoint is None or access_to(request.endpoint) in (Open.SIGNATURE, Open.BEARER, Open.LINK, Open.DEMO):
        return
    if any("\0" in value for values in (request.args, request.form) for _, value in values.items(multi=True)):
        raise ShapeWrong


def csrf_token() -> str:
    """The session's token under a fresh mask; empty when nobody is signed in."""
    viewer = g.get("viewer")
    return mask(viewer.csrf) if viewer is not None else ""


def csrf_field() -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, csrf_token())


def mask(token: str) -> str:
    raw = token.encode()
    pad = os.urandom(len(raw))
    return base64.urlsafe_b64encode(pad + _xor(raw, pad)).decode()


def unmask(masked: str) -> str:
    """Raises ValueError when it is no masked token."""
    raw = base64.urlsafe_b64decode(masked.encode("ascii"))
    half = len(raw) // 2
    return _xor(raw[half:], raw[:half]).decode("ascii")


def _check_token(masked: str, token: str) -> None:
    try:
        is_ours = hmac.compare_digest(unmask(masked), token)
    except (ValueError, TypeError) as error:
        raise ShapeWrong(_STALE_SENTENCE) from error
    if not is_ours:
        raise NotAllowed(_STALE_SENTENCE)


def _is_from_our_pages() -> bool:
    """Modern browsers say it in Sec-Fetch-Site; older ones in Origin; the oldest say nothing and bring the token."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin == "null" and access_to(request.endpoint or "") is Open.LINK:
        return True  # those pages send no referrer, so older browsers hide the origin too; the link itself is secret
    return origin in (None, f"{request.scheme}://{request.host}", house().settings.base_url)


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))

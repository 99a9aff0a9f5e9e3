"""Headers of every answer: what a page may load, that nothing is kept, and that nobody frames or sniffs it."""

from __future__ import annotations

import base64
import hashlib

from flask import Response, g

from app.web.shell.session import is_secure

_POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    "worker-src": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'none'"],
}
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
FOR_FILES = ("X-Content-Type-Options", "Cross-Origin-Resource-Policy")


def permit_inline(kind: str, text: str) -> None:
    """Allow this very inline `style` or `script` in the answer being made, by its hash."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    g.setdefault("inline", {}).setdefault(f"{kind}-src", []).append(f"'sha256-{digest}'")


def set_headers(response: Response) -> Response:
    """What a view set itself stays. A script or picture that is kept for good needs no rules of a page."""
    if "immutable" in response.headers.get("Cache-Control", ""):
        for name in FOR_FILES:
            response.headers.setdefault(name, ALWAYS[name])
        return response
    response.headers.setdefault("Content-Security-Policy", _policy())
    response.headers.setdefault("Cache-Control", "no-store")
    for name, value in ALWAYS.items():
        response.headers.setdefault(name, value)
    if is_secure():
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if "request_id" in g:
        response.headers.setdefault("X-Request-Id", g.request_id)
    return response


def _policy() -> str:
    inline = g.get("inline", {})
    return "; ".join(f"{name} {' '.join([*sources, *inline.get(name, [])])}" for name, sources in _POLICY.items())

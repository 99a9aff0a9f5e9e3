"""Headers of every answer: what a page may load, that nothing is kept, and that nobody frames or sniffs it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

from flask import Response, g, request

from app.web.shell.session import is_secure

_POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "media-src": ["'self'"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    "worker-src": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'none'"],
}
ALWAYS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
FOR_PATIENTS = ("Cache-Control", "X-Content-Type-Options", "Cross-Origin-Opener-Policy")
FILES = frozenset({"text/javascript", "text/css", "image/svg+xml"})  # ours alone, named for what they are, open to all
FOR_MACHINES = ("Cache-Control", "X-Content-Type-Options")
REDIRECTS = frozenset({301, 302, 303, 307, 308})


def permit_inline(kind: str, text: str) -> None:
    """Allow this very inline `style` or `script` in the answer being made, by its hash."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    g.setdefault("inline", {}).setdefault(f"{kind}-src", []).append(f"'sha256-{digest}'")


def patient_policy(*, has_script: bool, style: str) -> str:
    """What a patient's page may load, and nothing it does not need: its own style by its hash, and with a script what
    that fetches; workers count as scripts. Frames are refused here, so no second header says it."""
    for_script = "script-src 'self'; connect-src 'self'; manifest-src 'self'; " if has_script else ""
    images = "'self' data:" if has_script else "data:"
    return (
        f"default-src 'none'; {for_script}style-src {style}; img-src {images}; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


def permitted(kind: str) -> str:
    """What is allowed inline in the answer being made."""
    return " ".join(g.get("inline", {}).get(f"{kind}-src", ["'none'"]))


def set_headers(response: Response) -> Response:
    """What a view set itself stays. Scripts, styles and redirects need no rules of a page: bytes count on bad links."""
    if response.mimetype in FILES:
        return response
    if request.blueprint == "carriers":  # a machine reads it
        for name in FOR_MACHINES:
            response.headers.setdefault(name, ALWAYS[name])
        return response
    if response.status_code in REDIRECTS:
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Referrer-Policy", ALWAYS["Referrer-Policy"])
        return response
    headers = _of_patients() if g.get("is_patients_page") else {**_of_pages(), **_transport()}
    if "request_id" in g and not g.get("is_patients_page"):
        headers["X-Request-Id"] = g.request_id
    own = {name.lower() for name, _ in response.headers}
    response.headers.extend([(name, value) for name, value in headers.items() if name.lower() not in own])
    return response


def _of_patients() -> dict[str, str]:
    """A browser that brings its cookie was told within hours to come by https only. One without gets nothing of
    anybody's, which others may embed as they like."""
    once = "Cross-Origin-Resource-Policy"
    own = {once: ALWAYS[once]} if request.cookies else _transport()
    return {**{name: ALWAYS[name] for name in FOR_PATIENTS}, **own}


def _transport() -> dict[str, str]:
    return {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"} if is_secure() else {}


def _of_pages() -> dict[str, str]:
    return {"Content-Security-Policy": _policy(g.get("inline")), **ALWAYS}


def _policy(inline: Mapping[str, list[str]] | None) -> str:
    if not inline:
        return _STRICT
    return "; ".join(f"{name} {' '.join([*sources, *inline.get(name, [])])}" for name, sources in _POLICY.items())


_STRICT = "; ".join(f"{name} {' '.join(sources)}" for name, sources in _POLICY.items())

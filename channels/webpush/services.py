"""The push services we knock at, and no others: an address comes from a browser, and anybody may write one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

LONGEST_ENDPOINT: Final = 2000  # characters


def is_endpoint(endpoint: str, services: Sequence[str]) -> bool:
    """Whether `endpoint` lies at one of `services`: a host and what is below it, by https on its usual port; or an
    origin written out (`http://127.0.0.1:9000`), which is allowed as it stands."""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if len(endpoint) > LONGEST_ENDPOINT or "@" in parts.netloc or not endpoint.isascii() or not endpoint.isprintable():
        return False
    if f"{parts.scheme}://{parts.netloc}" in services:
        return True
    is_usual = parts.scheme == "https" and port in (None, 443)
    return is_usual and any(host == each or host.endswith(f".{each}") for each in services if "/" not in each)

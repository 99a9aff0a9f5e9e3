"""Answers made small: Brotli, else gzip, for text a browser can unpack."""

from __future__ import annotations

import gzip

import brotli
from flask import Response, request

SMALLEST_BYTES = 400
_TEXT = ("text/", "application/json", "application/javascript", "application/manifest+json", "application/fhir+json")


def compress(response: Response) -> Response:
    if response.direct_passthrough or "Content-Encoding" in response.headers or response.status_code in (204, 304):
        return response
    if not (response.content_type or "").startswith(_TEXT) or (response.content_length or 0) < SMALLEST_BYTES:
        return response
    response.vary.add("Accept-Encoding")
    packed = pack(response.get_data(), request.accept_encodings)
    if packed is not None:
        encoding, body = packed
        response.set_data(body)
        response.headers["Content-Encoding"] = encoding
    return response


def pack(body: bytes, accepted, *, quality: int = 5) -> tuple[str, bytes] | None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    if "br" in accepted:
        return "br", brotli.compress(body, quality=quality)
    if "gzip" in accepted:
        return "gzip", gzip.compress(body, compresslevel=6, mtime=0)
    return None

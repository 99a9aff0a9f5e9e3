"""Files of the shell by content: a name carries the file's hash, so that a browser asks once and never again."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flask import Response, request, url_for

from app.core.errors import NotFound
from app.web.shell.compress import pack

FOLDER = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    url_name: str
    body: bytes
    content_type: str

    @lru_cache(maxsize=8)  # noqa: B019 - assets live as long as the process
    def packed(self, encoding: str) -> tuple[str, bytes] | None:
        return pack(self.body, (encoding,), quality=11)


@lru_cache
def _assets() -> dict[str, Asset]:
    """By plain name and by hashed name."""
    found: dict[str, Asset] = {}
    for path in sorted(FOLDER.glob("*.*")):
        body = path.read_bytes()
        url_name = f"{path.stem}-{hashlib.sha256(body).hexdigest()[:10]}{path.suffix}"
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        made = Asset(url_name, body, f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
        found[path.name] = found[url_name] = made
    return found


def asset_url(name: str) -> str:
    return url_for("shell.asset", name=_assets()[name].url_name)


def serve_asset(name: str) -> Response:
    asset = _assets().get(name)
    if asset is None or asset.url_name != name:
        raise NotFound
    response = Response(asset.body, content_type=asset.content_type)
    response.headers["Cache-Control"] = FOREVER
    response.headers["Vary"] = "Accept-Encoding"
    for encoding in ("br", "gzip"):
        packed = asset.packed(encoding) if encoding in request.accept_encodings else None
        if packed is not None and asset.content_type.startswith("text/"):
            response.set_data(packed[1])
            response.headers["Content-Encoding"] = encoding
            break
    return response

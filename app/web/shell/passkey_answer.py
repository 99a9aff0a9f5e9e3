"""What a passkey is asked, as the browser's part of it (static/passkeys.js) reads it."""

from __future__ import annotations

from flask import Response

from app.core.passkeys import Asked


def as_json(asked: Asked) -> Response:
    return Response(f'{{"token":"{asked.token}","options":{asked.options}}}', content_type="application/json")

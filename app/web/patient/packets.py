"""Answers the phone kept while there was no link: one packet in, one receipt out."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Response, jsonify, request

from app.conversations.accept_packet import accept_packet
from app.core.errors import Ended
from app.web.patient.blueprint import blueprint
from app.web.patient.who import open_link, require_proof
from app.web.shell.here import ground


@blueprint.post("/p/<token>/packet")
def packet(token: str) -> Response:
    """The receipt once the answers are stored. 401: say again who you are; 410: the link ended."""
    link = open_link(token)
    if link is None:
        raise Ended
    require_proof(link)
    return jsonify(accept_packet(ground(), link, request.get_data(cache=False), sent_at=_sent_at()))


def _sent_at() -> datetime | None:
    """The phone's time at this very try: a packet that waited for days names the day it was made."""
    try:
        moment = datetime.fromisoformat(request.headers.get("Sent-At", ""))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)

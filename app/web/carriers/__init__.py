"""The door carriers knock at: check the signature, hear the event, commit, then answer. One rule for every carrier."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, Response, abort, request

from app.core.ground import Ground
from app.core.log import logger
from app.web.carriers.answering import answer_webhook
from app.web.shell.here import ground
from channels.webhook import WebhookRequest

blueprint = Blueprint("carriers", __name__, url_prefix="/carriers")


@blueprint.route("/<name>/<path:door>", methods=["GET", "POST"])  # Kannel calls by GET
def hear(name: str, door: str) -> Response:
    """Any carrier's request: 403 unsigned, 400 misshapen, 503 when it could not be kept or is for none of our numbers
    (the carrier tries again)."""
    carrier = ground().carriers.get(name)
    if carrier is None:
        abort(404)
    answer = answer_webhook(ground(), carrier, _webhook_request(ground()), door=door)
    if answer.status >= 400:
        logger("carriers").warning("webhook_refused", carrier=name, door=door.partition("/")[0], status=answer.status)
    return Response(answer.body, status=answer.status, content_type=answer.content_type)


def _webhook_request(stood_on: Ground) -> WebhookRequest:
    """The request as the carrier signed it: our configured address, the path and query exactly as received."""
    known = request.environ  # waitress and gunicorn name the raw target differently
    target = known.get("REQUEST_URI") or known.get("RAW_URI") or _target_from_wsgi()
    headers = {name.lower(): value for name, value in request.headers.items()}
    return WebhookRequest(request.method, stood_on.public_url + target, headers, request.get_data(cache=False))


def _target_from_wsgi() -> str:
    query = request.query_string.decode("latin-1")
    return quote(request.path) + (f"?{query}" if query else "")

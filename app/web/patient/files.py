"""Photos and voice notes: in parts from the script on the phone, or as a plain file field of a page without script."""

from __future__ import annotations

from urllib.parse import unquote

from flask import Response, jsonify, request

from app.conversations.keep_file import keep_file_part, received_of
from app.core.errors import Ended, ShapeWrong
from app.intake.attachments import MOST_BYTES
from app.intake.keep_attachment import Part
from app.patients.models import Link
from app.web.patient.blueprint import blueprint
from app.web.patient.who import open_link, require_proof
from app.web.shell.here import ground

MOST_FILES = 4  # on one page, posted in one go


@blueprint.get("/p/<token>/file/<client_id>")
def file_received(token: str, client_id: str) -> Response:
    """Where to go on with a file that was cut off."""
    return jsonify(received=received_of(ground(), _proved(token), client_id))


@blueprint.post("/p/<token>/file/<client_id>")
def take_file(token: str, client_id: str) -> Response:
    """One part of a file. Answers with how much is here now, whatever part it was."""
    link = _proved(token)
    part = Part(
        client_id=client_id,
        path=unquote(request.headers.get("Path", "")),
        start=_number("Offset"),
        size_bytes=_number("Size"),
        content_hash=request.headers.get("Hash", ""),
        content=request.get_data(cache=False),
    )
    return jsonify(received=keep_file_part(ground(), link, part))


def let_files_in() -> None:
    """From somebody who has said who they are, a page with files may be larger than others."""
    if request.mimetype == "multipart/form-data":
        request.max_content_length = MOST_FILES * MOST_BYTES


def posted_files() -> dict[str, bytes]:
    """By field. A field left empty is not there: what was sent before stays."""
    return {name: file.read() for name, file in request.files.items() if file.filename}


def _proved(token: str) -> Link:
    link = open_link(token)
    if link is None:
        raise Ended
    require_proof(link)
    return link


def _number(name: str) -> int:
    written = request.headers.get(name, "")
    if not (written.isascii() and written.isdigit() and len(written) < 12):
        raise ShapeWrong
    return int(written)

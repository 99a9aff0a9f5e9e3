"""A photo, a voice note or recorded words given as an answer, seen and heard beside the form by whoever may open the
chart. Each opening is recorded; nothing is kept by the browser."""

from __future__ import annotations

from flask import Response, request
from sqlalchemy.orm import Session

from app.conversations.play_recording import fetch_recording, recording_of
from app.core.audit import record_audit
from app.core.errors import NotFound
from app.intake.attachments import named_in
from app.intake.models import Answer, Attachment
from app.intake.models import Response as FormResponse
from app.intake.store import attachment_of
from app.patients.models import Patient
from app.web.desk.blueprint import blueprint
from app.web.desk.patients import may_open
from app.web.shell.database import clinic_write, found
from app.web.shell.here import ground, now, viewer

# A file from outside never acts as a page of ours, whatever is in it.
_POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; sandbox"


@blueprint.get("/answers/<int:answer_id>/file")
def answer_file(answer_id: int) -> Response:
    """Whole, or the part a player asks for."""
    with clinic_write() as session:
        answer = found(session, Answer, answer_id)
        form = found(session, FormResponse, answer.response_id)
        if not may_open(session, found(session, Patient, form.patient_id)):
            raise NotFound
        kept, spoken = _attachment(session, answer), recording_of(session, answer)
        if kept is None and spoken is None:
            raise NotFound
        what = ("viewed", "attachment", kept.id) if kept else ("heard", "recording", answer.id)
        record_audit(
            session, *what, actor=viewer().actor, now=now(), clinic_id=form.clinic_id, patient_id=form.patient_id,
        )  # fmt: skip
        content, kind = (kept.content, kept.content_type) if kept else (None, "")
    if spoken is not None:
        content, kind = fetch_recording(ground(), spoken)
    return shown_apart(content or b"", kind)


def _attachment(session: Session, answer: Answer) -> Attachment | None:
    """The file this answer names, once all of it is here."""
    client_id = named_in(answer.value)
    kept = attachment_of(session, answer.response_id, client_id) if client_id else None
    return kept if kept is not None and kept.content is not None else None


def shown_apart(content: bytes, kind: str) -> Response:
    """A file from outside as an answer of ours that no browser takes for a page, or keeps."""
    response = Response(content, content_type=kind)
    response.headers["Content-Disposition"] = f'inline; filename="answer.{kind.partition("/")[2]}"'
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Cache-Control"] = "no-store"
    response.make_conditional(request.environ, accept_ranges=True, complete_length=len(content))
    return response

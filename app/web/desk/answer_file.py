"""A photo or voice note a patient gave as an answer, opened beside the form by staff. Each opening is recorded."""

from __future__ import annotations

from flask import Response

from app.core.audit import record_audit
from app.core.errors import NotFound
from app.intake.attachments import named_in
from app.intake.models import Answer
from app.intake.models import Response as FormResponse
from app.intake.store import attachment_of
from app.web.desk.blueprint import blueprint
from app.web.shell.database import clinic_write, found
from app.web.shell.here import now, viewer

# A file from outside never acts as a page of ours, whatever is in it.
_POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; sandbox"


@blueprint.get("/answers/<int:answer_id>/file")
def answer_file(answer_id: int) -> Response:
    with clinic_write() as session:
        answer = found(session, Answer, answer_id)
        form = found(session, FormResponse, answer.response_id)
        client_id = named_in(answer.value)
        kept = attachment_of(session, form.id, client_id) if client_id else None
        if kept is None or kept.content is None:
            raise NotFound
        record_audit(
            session, "viewed", "attachment", kept.id, actor=viewer().actor, now=now(), clinic_id=form.clinic_id,
            patient_id=form.patient_id,
        )  # fmt: skip
        content, kind = kept.content, kept.content_type
    response = Response(content, content_type=kind)
    response.headers["Content-Disposition"] = f'inline; filename="answer.{kind.partition("/")[2]}"'
    response.headers["Content-Security-Policy"] = _POLICY
    return response

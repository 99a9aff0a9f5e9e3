"""A picture or a sound that came with a text, seen beside it by whoever may see the text. Each opening is recorded."""

from __future__ import annotations

from flask import Response

from app.conversations.see_attachment import fetch_sent, sent_with
from app.core.audit import record_audit
from app.core.errors import NotFound
from app.messaging.models import Message
from app.patients.models import Patient
from app.web.desk.answer_file import shown_apart
from app.web.desk.blueprint import blueprint
from app.web.desk.patients import may_open
from app.web.shell.database import clinic_write, found
from app.web.shell.here import ground, now, viewer


@blueprint.get("/messages/<int:message_id>/files/<int:number>")
def message_file(message_id: int, number: int) -> Response:
    """A chart's only for those who may open it; a file of an unknown sender's is nobody's chart."""
    with clinic_write() as session:
        message = found(session, Message, message_id)
        if message.patient_id and not may_open(session, found(session, Patient, message.patient_id)):
            raise NotFound
        sent = sent_with(session, message, number)
        record_audit(
            session, "viewed", "message_attachment", message.id, actor=viewer().actor, now=now(),
            clinic_id=message.clinic_id, patient_id=message.patient_id,
        )  # fmt: skip
    return shown_apart(*fetch_sent(ground(), sent))

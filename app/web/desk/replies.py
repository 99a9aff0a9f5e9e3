"""Saved replies: written by one person, reviewed before anybody can use them."""

from __future__ import annotations

from flask import Response, make_response, redirect, render_template, url_for
from sqlalchemy.orm import Session

from app.core.models import Clinic
from app.patients.models import Patient
from app.support.models import SavedReply, Ticket
from app.support.saved_replies import FIELDS, all_replies, fill_reply, review_reply, save_reply
from app.web.desk.blueprint import blueprint
from app.web.desk.forms import text_of
from app.web.desk.weight import weigh
from app.web.shell.database import clinic_read, clinic_write, found
from app.web.shell.here import now, viewer
from app.web.shell.language import offered
from app.web.shell.words import number


@blueprint.get("/replies")
def replies() -> str:
    with clinic_read() as session:
        listed = [(reply, weigh(reply.body)) for reply in all_replies(session, viewer().clinic_id)]
        return render_template("desk/replies.html", listed=listed, fields=FIELDS, offered=offered())


@blueprint.post("/replies", endpoint="save_reply")
def save() -> Response:
    with clinic_write() as session:
        save_reply(
            session, viewer().clinic_id, name=text_of("name"), locale=text_of("locale"), body=text_of("body"),
            actor=viewer().actor, now=now(),
        )  # fmt: skip
    return make_response(redirect(url_for("desk.replies"), 303))


@blueprint.post("/replies/<int:reply_id>/review", endpoint="review_reply")
def review(reply_id: int) -> Response:
    with clinic_write() as session:
        found(session, SavedReply, reply_id)
        review_reply(session, reply_id, actor=viewer().actor, now=now())
    return make_response(redirect(url_for("desk.replies"), 303))


def with_saved(session: Session, ticket: Ticket, body: str, reply_id: int | None) -> str:
    """What was typed, with a saved reply put after it when one was picked, filled for this patient."""
    if reply_id is None:
        return body
    patient = session.get(Patient, ticket.patient_id) if ticket.patient_id else None
    clinic = session.get_one(Clinic, ticket.clinic_id)
    fields = {
        "clinic": clinic.name,
        "phone": number(clinic.phone or ""),
        "name": (patient.given or "") if patient else "",
        "agent": viewer().name,
    }
    return "\n".join(filter(None, [body.rstrip(), fill_reply(session, reply_id, fields)]))

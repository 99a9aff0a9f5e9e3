"""Saved replies: written by one person, reviewed before anybody can use them."""

from __future__ import annotations

from flask import Response, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from app.core.errors import ShapeWrong
from app.core.models import Clinic
from app.messaging.template_rules import cheapest, clinical_words
from app.patients.models import Patient
from app.support.models import SavedReply, Ticket
from app.support.saved_replies import FIELDS, all_replies, fill_reply, review_reply, save_reply
from app.support.written_hours import Wrong
from app.web.desk.blueprint import blueprint
from app.web.desk.forms import text_of
from app.web.desk.weight import Weight, weigh
from app.web.shell.database import clinic_read, clinic_write, found
from app.web.shell.here import now, viewer
from app.web.shell.language import offered
from app.web.shell.words import number
from channels.sms.segments import fold

SOMEBODY = "Alexandrine"  # stands for the patient where it is shown what a reply costs


@blueprint.get("/replies")
def replies() -> str:
    return _page()


@blueprint.post("/replies", endpoint="save_reply")
def save() -> Response:
    try:
        with clinic_write() as session:
            save_reply(
                session, viewer().clinic_id, name=text_of("name"), locale=text_of("locale"), body=text_of("body"),
                actor=viewer().actor, now=now(), may_say_what_for=bool(text_of("may_say_what_for")),
            )  # fmt: skip
    except ShapeWrong as refused:
        return make_response(_page(Wrong(refused.sentence, refused.values)), 400)
    return make_response(redirect(url_for("desk.replies"), 303))


@blueprint.post("/replies/<int:reply_id>/review", endpoint="review_reply")
def review(reply_id: int) -> Response:
    with clinic_write() as session:
        found(session, SavedReply, reply_id)
        review_reply(session, reply_id, actor=viewer().actor, now=now())
    return make_response(redirect(url_for("desk.replies"), 303))


def _page(wrong: Wrong | None = None) -> str:
    """The list, and the form: with what was typed and what to put right when it was refused."""
    with clinic_read() as session:
        clinic = session.get_one(Clinic, viewer().clinic_id)
        listed = [_listed(reply, clinic) for reply in all_replies(session, clinic.id)]
        return render_template(
            "desk/replies.html",
            listed=listed,
            fields=FIELDS,
            offered=offered(),
            typed=request.form,
            wrong={"body": wrong} if wrong else {},
            says_what_for=bool(clinical_words(text_of("body"))),
        )


def _listed(reply: SavedReply, clinic: Clinic) -> tuple[SavedReply, Weight, str | None, list[str]]:
    """What it costs is what it costs filled; its plain variant where that takes fewer parts."""
    filled = reply.body.format(**_fields(clinic, SOMEBODY))
    plain = cheapest(fold(filled))
    return reply, weigh(filled), None if plain == fold(filled) else plain, clinical_words(reply.body)


def with_saved(session: Session, ticket: Ticket, body: str, reply_id: int | None) -> str:
    """What was typed, with a saved reply put after it when one was picked, filled for this patient."""
    if reply_id is None:
        return body
    patient = session.get(Patient, ticket.patient_id) if ticket.patient_id else None
    clinic = session.get_one(Clinic, ticket.clinic_id)
    fields = _fields(clinic, (patient.given or "") if patient else "")
    return "\n".join(filter(None, [body.rstrip(), fill_reply(session, reply_id, fields)]))


def _fields(clinic: Clinic, name: str) -> dict[str, str]:
    return {"clinic": clinic.name, "phone": number(clinic.phone or ""), "name": name, "agent": viewer().name}

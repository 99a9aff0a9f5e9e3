"""What an agent does to a ticket. Each form is submitted once, whatever the line does."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from app.core.errors import Conflict, NotAllowed, Refusal, ShapeWrong
from app.messaging.models import Message
from app.staff.models import StaffAccount
from app.support.add_note import add_note
from app.support.claim_ticket import Hand, claim_ticket, keep_ticket, release_ticket, take_next
from app.support.close_ticket import close_ticket
from app.support.presence import look_at
from app.support.reply_to_patient import Reply, reply_to_patient, undo_reply
from app.support.rules import Outcome
from app.support.save_draft import save_draft
from app.web.desk.blueprint import blueprint
from app.web.desk.forms import act_once, hand, number_of, text_of
from app.web.desk.replies import with_saved
from app.web.desk.scope import our_ticket
from app.web.desk.weight import weigh
from app.web.shell.database import clinic_write, found
from app.web.shell.here import viewer

EXPERIENCE = "experience-after-visit"  # three questions, from the library


@blueprint.post("/tickets/next", endpoint="take_next")
def take_the_next() -> Response:
    def act(session: Session, mine: Hand) -> str:
        taker = session.get_one(StaffAccount, viewer().staff_id)
        ticket = take_next(session, taker, mine, queue_ids=taker.settings.get("queues"))
        return _page(ticket.id) if ticket else url_for("desk.tickets", told="none_waits")

    return act_once(act)


@blueprint.post("/tickets/<int:ticket_id>/claim")
def claim(ticket_id: int) -> Response:
    return _act(ticket_id, lambda session, mine: claim_ticket(session, ticket_id, mine), told="taken")


@blueprint.post("/tickets/<int:ticket_id>/release")
def release(ticket_id: int) -> Response:
    return _act(ticket_id, lambda session, mine: release_ticket(session, ticket_id, mine), told="released")


@blueprint.post("/tickets/<int:ticket_id>/reply")
def reply(ticket_id: int) -> Response:
    """Words that cannot be sent are kept as the draft, so that nothing typed is lost."""
    written = Reply(body=text_of("body"), key=text_of("key"), seen_id=number_of("seen"))

    def act(session: Session, mine: Hand) -> str:
        our_ticket(session, ticket_id)
        message = reply_to_patient(session, ticket_id, written, mine)
        return _page(ticket_id, sent=message.id)

    try:
        return act_once(act)
    except (Conflict, NotAllowed, ShapeWrong):
        _keep_words(ticket_id, written.body)
        raise


@blueprint.post("/tickets/<int:ticket_id>/replies/<int:message_id>/undo", endpoint="undo_reply")
def take_back(ticket_id: int, message_id: int) -> Response:
    def act(session: Session, mine: Hand) -> str:
        our_ticket(session, ticket_id), found(session, Message, message_id)
        words = undo_reply(session, ticket_id, message_id, mine)
        if words is None:
            return _page(ticket_id, told="too_late")
        save_draft(session, ticket_id, words, mine)
        return _page(ticket_id, told="undone")

    return act_once(act)


@blueprint.post("/tickets/<int:ticket_id>/draft")
def draft(ticket_id: int) -> Response:
    """Saved while typing, or with a saved reply put after it; answers how much it would cost to send. Typing keeps the
    ticket."""
    with clinic_write() as session:
        ticket = our_ticket(session, ticket_id)
        body = with_saved(session, ticket, text_of("body"), number_of("saved"))
        save_draft(session, ticket_id, body, hand())
        look_at(session, ticket, hand(), is_writing=bool(body.strip()))
        _keep_if_mine(session, ticket_id)
    if request.headers.get("HX-Request") != "true":
        return make_response(redirect(_page(ticket_id, told="draft"), 303))
    return make_response(render_template("desk/weight.html", weight=weigh(text_of("body")), is_saved=True))


@blueprint.post("/tickets/<int:ticket_id>/note")
def note(ticket_id: int) -> Response:
    return _act(ticket_id, lambda session, mine: add_note(session, ticket_id, text_of("body"), mine), told="noted")


@blueprint.post("/tickets/<int:ticket_id>/close")
def close(ticket_id: int) -> Response:
    if text_of("outcome") not in set(Outcome):
        raise ShapeWrong("Say how it ended.")
    outcome = Outcome(text_of("outcome"))

    def act(session: Session, mine: Hand) -> str:
        our_ticket(session, ticket_id)
        close_ticket(session, ticket_id, outcome, mine, **_follow_up())
        return url_for("desk.tickets", told="closed")

    return act_once(act)


def _follow_up() -> dict[str, str]:
    """What is asked of the patient afterwards, when the agent ticked it."""
    return {"questionnaire": EXPERIENCE} if text_of("experience") else {}


def _act(ticket_id: int, work, *, told: str) -> Response:  # type: ignore[no-untyped-def]  # noqa: ANN001 - (session, hand)
    def act(session: Session, mine: Hand) -> str:
        our_ticket(session, ticket_id)
        work(session, mine)
        return _page(ticket_id, told=told)

    return act_once(act)


def _page(ticket_id: int, **told: Any) -> str:
    return url_for("desk.ticket", ticket_id=ticket_id, **told)


def _keep_words(ticket_id: int, body: str) -> None:
    with clinic_write() as session:
        save_draft(session, ticket_id, body, hand())


def _keep_if_mine(session: Session, ticket_id: int) -> None:
    try:
        keep_ticket(session, ticket_id, hand())
    except Refusal:
        return

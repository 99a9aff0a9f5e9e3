"""What an agent sends beyond words of their own: a form, the link to one, a whole pathway."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, url_for
from sqlalchemy.orm import Session

from app.conversations.rules import ConversationState
from app.conversations.send_form import send_form
from app.conversations.send_page_link import send_home_link, send_page_link
from app.core.audit import record_audit
from app.core.errors import Conflict, ShapeWrong
from app.pathways.start_pathway import start_pathway
from app.patients.models import Patient
from app.support.claim_ticket import Hand, keep_ticket
from app.support.models import Ticket
from app.support.rules import EventKind
from app.support.store import add_event
from app.web.desk.blueprint import blueprint
from app.web.desk.forms import act_on_ticket, text_of
from app.web.shell.here import ground

FORM_CHANNEL_SENTENCES: Mapping[str, str] = {
    "sms": "by text, one question at a time",
    "voice": "by phone call",
    "web": "as a link to a page",
}
_HELD_SENTENCE = "The patient is in the middle of this form. It goes on when you close the ticket; or send its link."
_NOBODY_SENTENCE = "Say first which patient this ticket is about."


@blueprint.post("/tickets/<int:ticket_id>/form", endpoint="send_form")
def send_a_form(ticket_id: int) -> Response:
    def act(session: Session, mine: Hand) -> str:
        ticket, channel = keep_ticket(session, ticket_id, mine), text_of("channel")
        if channel not in FORM_CHANNEL_SENTENCES:
            raise ShapeWrong
        begun = send_form(
            session, _patient(session, ticket), text_of("form"), channel=channel, key=text_of("key"), now=mine.now,
            public_url=ground().public_url,
        )  # fmt: skip
        if begun.conversation.state == ConversationState.HELD:
            raise Conflict(_HELD_SENTENCE)
        add_event(
            session, ticket, EventKind.FORM_SENT, now=mine.now, staff_id=mine.staff_id, form=text_of("form"),
            channel=channel, response_id=begun.conversation.response_id,
        )  # fmt: skip
        _record(session, ticket, "questionnaire", mine)
        return _page(ticket_id, "form_waits" if begun.message is None else "form_sent")

    return act_on_ticket(ticket_id, act)


@blueprint.post("/tickets/<int:ticket_id>/link", endpoint="send_link")
def send_the_link(ticket_id: int) -> Response:
    def act(session: Session, mine: Hand) -> str:
        ticket = keep_ticket(session, ticket_id, mine)
        send = send_home_link if text_of("page") == "home" else send_page_link
        message = send(
            session, _patient(session, ticket), key=text_of("key"), ticket_id=ticket.id, now=mine.now,
            public_url=ground().public_url,
        )  # fmt: skip
        add_event(session, ticket, EventKind.LINK_SENT, now=mine.now, staff_id=mine.staff_id, message_id=message.id)
        _record(session, ticket, "link", mine)
        return _page(ticket_id, "link_sent")

    return act_on_ticket(ticket_id, act)


@blueprint.post("/tickets/<int:ticket_id>/pathway", endpoint="start_pathway")
def start_a_pathway(ticket_id: int) -> Response:
    def act(session: Session, mine: Hand) -> str:
        start_pathway(session, ticket_id, text_of("pathway"), mine)
        return _page(ticket_id, "pathway_started")

    return act_on_ticket(ticket_id, act)


def _patient(session: Session, ticket: Ticket) -> Patient:
    if ticket.patient_id is None:
        raise ShapeWrong(_NOBODY_SENTENCE)
    return session.get_one(Patient, ticket.patient_id)


def _record(session: Session, ticket: Ticket, kind: str, mine: Hand) -> None:
    record_audit(
        session, "sent", kind, None, actor=mine.actor, now=mine.now, clinic_id=ticket.clinic_id,
        patient_id=ticket.patient_id, ticket_id=ticket.id,
    )  # fmt: skip


def _page(ticket_id: int, told: str) -> str:
    return url_for("desk.ticket", ticket_id=ticket_id, told=told)

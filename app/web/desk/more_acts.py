"""Less frequent acts on a ticket: call, move, snooze, merge, say who it is, break a lease."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, url_for
from sqlalchemy.orm import Session

from app.core.errors import ShapeWrong
from app.core.models import Clinic
from app.patients.models import Patient
from app.support.calendars import desk_hours
from app.support.claim_ticket import Hand, break_lease
from app.support.hours import after_open_time
from app.support.merge_tickets import merge_tickets
from app.support.models import Queue
from app.support.move_ticket import snooze_ticket, transfer_ticket
from app.support.record_call import record_call
from app.support.rules import CallOutcome
from app.support.set_patient import set_patient
from app.web.desk.blueprint import blueprint
from app.web.desk.forms import act_on_ticket, number_of, text_of
from app.web.desk.scope import our_ticket
from app.web.shell.database import found
from app.web.shell.here import viewer

SNOOZE_SENTENCES: Mapping[str, str] = {
    "hour": "one hour",
    "afternoon": "four hours",
    "tomorrow": "tomorrow morning",
    "open_day": "the next open day",
    "week": "one week",
}


@blueprint.post("/tickets/<int:ticket_id>/call")
def call(ticket_id: int) -> Response:
    def act(session: Session, mine: Hand) -> str:
        if text_of("outcome") not in set(CallOutcome):
            raise ShapeWrong("Say how the call went.")
        record_call(session, ticket_id, CallOutcome(text_of("outcome")), mine)
        return _page(ticket_id, told="called")

    return act_on_ticket(ticket_id, act)


@blueprint.post("/tickets/<int:ticket_id>/transfer")
def transfer(ticket_id: int) -> Response:
    def act(session: Session, mine: Hand) -> str:
        queue = found(session, Queue, number_of("queue") or 0)
        transfer_ticket(session, ticket_id, queue.id, mine, reason=text_of("reason"))
        return url_for("desk.tickets", told="moved")

    return act_on_ticket(ticket_id, act)


@blueprint.post("/tickets/<int:ticket_id>/snooze")
def snooze(ticket_id: int) -> Response:
    def act(session: Session, mine: Hand) -> str:
        until = snooze_end(text_of("until"), session.get_one(Clinic, viewer().clinic_id), mine.now)
        snooze_ticket(session, ticket_id, until, mine)
        return url_for("desk.tickets", told="snoozed")

    return act_on_ticket(ticket_id, act)


@blueprint.post("/tickets/<int:ticket_id>/merge")
def merge(ticket_id: int) -> Response:
    def act(session: Session, mine: Hand) -> str:
        other = our_ticket(session, number_of("other") or 0)
        merge_tickets(session, ticket_id, other.id, mine)
        return _page(ticket_id, told="merged")

    return act_on_ticket(ticket_id, act)


@blueprint.post("/tickets/<int:ticket_id>/patient", endpoint="set_patient")
def say_who(ticket_id: int) -> Response:
    def act(session: Session, mine: Hand) -> str:
        patient = found(session, Patient, number_of("patient") or 0)
        set_patient(session, ticket_id, patient.id, mine)
        return _page(ticket_id, told="patient_set")

    return act_on_ticket(ticket_id, act)


@blueprint.post("/tickets/<int:ticket_id>/break", endpoint="break_lease")
def break_the_lease(ticket_id: int) -> Response:
    def act(session: Session, mine: Hand) -> str:
        if not text_of("reason").strip():
            raise ShapeWrong("Say why you take the ticket from its holder.")
        break_lease(session, ticket_id, mine, reason=text_of("reason").strip()[:200])
        return _page(ticket_id, told="released")

    return act_on_ticket(ticket_id, act)


def snooze_end(name: str, clinic: Clinic, now: datetime) -> datetime:
    """The moment a choice of `SNOOZE_SENTENCES` means at this clinic."""
    local = now.astimezone(ZoneInfo(clinic.zone))
    tomorrow = datetime.combine(local.date() + timedelta(days=1), time(8), ZoneInfo(clinic.zone))
    ends = {
        "hour": now + timedelta(hours=1),
        "afternoon": now + timedelta(hours=4),
        "tomorrow": tomorrow,
        "open_day": after_open_time(tomorrow, timedelta(), desk_hours(clinic)),
        "week": tomorrow + timedelta(days=6),
    }
    if name not in ends:
        raise ShapeWrong("Choose until when.")
    return ends[name]


def _page(ticket_id: int, **told: Any) -> str:
    return url_for("desk.ticket", ticket_id=ticket_id, **told)

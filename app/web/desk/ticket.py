"""One ticket: why it is here, who the patient is, the whole timeline, and what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Response, make_response, render_template, request
from sqlalchemy.orm import Session

from app.core.audit import record_audit
from app.patients.models import Patient
from app.staff.models import StaffAccount
from app.support.models import Queue, Ticket
from app.support.presence import colleagues_at, look_at
from app.support.rules import LEASE, TicketReason, TicketState, Urgency
from app.support.sentences import STATE_SENTENCES, URGENCY_SENTENCES, why_sentences
from app.support.store import last_words
from app.web.desk.blueprint import blueprint
from app.web.desk.flag_words import flag_words
from app.web.desk.forms import as_moment, hand, new_key
from app.web.desk.history import about_ticket
from app.web.desk.listing import queue_words
from app.web.desk.person import person_of
from app.web.desk.scope import our_ticket
from app.web.desk.tickets import tag_of
from app.web.desk.timeline import timeline_of
from app.web.desk.words import TIMER_SENTENCES, TOLD_SENTENCES
from app.web.desk.work import forms_of
from app.web.shell.database import clinic_write
from app.web.shell.here import locale, machine_now, now, say, viewer

UNSEEN = "X-Unseen"  # a page in a tab nobody looks at still asks, but is nobody's presence


@dataclass(frozen=True)
class Sheet:
    """The head of the page, in words."""

    id: int
    urgency: str
    urgency_words: str
    why: str
    closes: str
    queue: str
    state: str
    since: datetime
    dues: tuple[tuple[str, datetime], ...]
    holder: str | None
    is_mine: bool
    is_free: bool
    is_closed: bool
    lease_minutes: int
    flags: tuple[tuple[str, str], ...]


@blueprint.get("/tickets/<int:ticket_id>")
def ticket(ticket_id: int) -> str:
    """Opening is recorded, and extends the lease of whoever holds it."""
    with clinic_write() as session:
        shown = our_ticket(session, ticket_id)
        _record_view(session, shown)
        look_at(session, shown, hand())
        if _is_mine(shown):
            shown.lease_until = machine_now() + LEASE
        context = {**_thread(session, shown), **forms_of(session, shown)}
    return render_template(
        "desk/ticket.html", told=TOLD_SENTENCES.get(request.args.get("told", "")), new_key=new_key, **context
    )


@blueprint.get("/tickets/<int:ticket_id>/refresh")
def ticket_refresh(ticket_id: int) -> Response:
    """The thread again, or 304 while it is what the page already shows."""
    with clinic_write() as session:
        shown = our_ticket(session, ticket_id)
        if not request.headers.get(UNSEEN):
            look_at(session, shown, hand())
        thread = _thread(session, shown)
        if request.headers.get("If-None-Match") == thread["tag"]:
            return Response(status=304)
        _record_view(session, shown)
    response = make_response(render_template("desk/thread.html", **thread))
    response.headers["ETag"] = thread["tag"]
    return response


def _thread(session: Session, shown: Ticket) -> dict[str, Any]:
    """Template values."""
    patient = session.get(Patient, shown.patient_id) if shown.patient_id else None
    sheet, person = _sheet(session, shown), person_of(session, shown, patient)
    timeline = timeline_of(session, about_ticket(shown), before=as_moment(request.args.get("before", "")))
    seen, others = last_words(session, shown), colleagues_at(session, shown, hand())
    return {
        "ticket": sheet,
        "person": person,
        "timeline": timeline,
        "colleagues": others,
        "seen_id": seen.id if seen else None,
        "now": now(),
        "tag": _tag(sheet, person, timeline, others),
    }


def _sheet(session: Session, shown: Ticket) -> Sheet:
    urgency, reason = Urgency(shown.urgency), TicketReason(shown.reason)
    holder = session.get(StaffAccount, shown.holder_id) if shown.holder_id else None
    is_held = shown.state == TicketState.CLAIMED and bool(shown.lease_until and shown.lease_until > machine_now())
    left = (shown.lease_until - machine_now()) if shown.lease_until else timedelta()
    dues = zip(TIMER_SENTENCES.values(), (shown.claim_due_at, shown.answer_due_at, shown.close_due_at), strict=True)
    why, closes = why_sentences(reason, shown.details)
    return Sheet(
        id=shown.id,
        urgency=urgency.value,
        urgency_words=say(URGENCY_SENTENCES[urgency]),
        why=say(why),
        closes=say(closes),
        queue=queue_words(session.get_one(Queue, shown.queue_id)),
        state=say(STATE_SENTENCES[TicketState(shown.state)]),
        since=shown.created_at,
        dues=tuple((say(words), due) for words, due in dues if due is not None),
        holder=holder.name if holder and is_held else None,
        is_mine=_is_mine(shown),
        is_free=shown.state in (TicketState.OPEN, TicketState.SNOOZED)
        or (shown.state == TicketState.CLAIMED and not is_held),
        is_closed=shown.state == TicketState.CLOSED,
        lease_minutes=max(0, round(left.total_seconds() / 60)),
        flags=flag_words(session, shown),
    )


def _is_mine(shown: Ticket) -> bool:
    return shown.state == TicketState.CLAIMED and shown.holder_id == viewer().staff_id


def _record_view(session: Session, shown: Ticket) -> None:
    record_audit(
        session, "viewed", "ticket", shown.id, actor=viewer().actor, now=now(), clinic_id=shown.clinic_id,
        patient_id=shown.patient_id,
    )  # fmt: skip


def _tag(*shown: object) -> str:
    return tag_of(*shown, now().strftime("%H:%M"), locale())

"""Finding a patient and reading the whole history. Without an open ticket, opening a chart asks for a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Response, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import record_audit
from app.core.errors import NotAllowed, ShapeWrong
from app.core.models import AuditEvent, Clinic
from app.patients.change_pin import take_pin_off
from app.patients.models import Patient
from app.patients.passkeys import passkeys_of, remove_passkeys
from app.patients.told_phones import phones_of, tell_no_more
from app.support.models import Ticket
from app.support.rules import TicketReason, TicketState
from app.support.sentences import SHORT_SENTENCES, STATE_SENTENCES
from app.support.store import Which
from app.web.desk.blueprint import blueprint
from app.web.desk.consent_words import consent_of
from app.web.desk.forms import as_moment, new_key, text_of
from app.web.desk.history import About
from app.web.desk.person import full_name, person_of
from app.web.desk.search import find_patients
from app.web.desk.timeline import timeline_of
from app.web.shell.database import clinic_read, clinic_write, found
from app.web.shell.here import now, say, viewer

REASON_LASTS = timedelta(hours=1)


@blueprint.get("/patients")
def patients() -> str:
    return render_template("desk/patients.html", found=None, typed="")


@blueprint.post("/patients", endpoint="search_patients")
def search() -> str:
    """By post, so that no name or number stands in an address. Every search is recorded."""
    typed = text_of("who").strip()[:100]
    with clinic_write() as session:
        clinic = session.get_one(Clinic, viewer().clinic_id)
        matches = find_patients(session, clinic, typed, text_of("born").strip()) if typed else []
        for match in matches:
            _record(session, "found", match)
        record_audit(
            session,
            "searched",
            "patient",
            None,
            actor=viewer().actor,
            now=now(),
            clinic_id=clinic.id,
            found=len(matches),
        )
        shown = [(each.id, full_name(each), each.birth_date) for each in matches]
    return render_template("desk/patients.html", found=shown, typed=typed)


@blueprint.get("/patients/<int:patient_id>")
def patient(patient_id: int) -> str:
    with clinic_read() as session:
        shown = found(session, Patient, patient_id)
        is_open = may_open(session, shown)
    if not is_open:
        return render_template("desk/patient_reason.html", patient_id=patient_id)
    with clinic_write() as session:
        shown = found(session, Patient, patient_id)
        _record(session, "viewed", shown)
        return render_template(
            "desk/patient.html",
            person=person_of(session, None, shown),
            has_pin=shown.pin_hash is not None,
            passkeys=len(passkeys_of(session, shown.id)),
            told_phones=len(phones_of(session, shown.id)),
            timeline=timeline_of(session, About(shown.id), before=as_moment(request.args.get("before", ""))),
            tickets=_tickets(session, shown),
            consent=consent_of(session, shown),
            points=sorted(shown.contact_points, key=lambda point: (not point.is_current, point.rank)),
            new_key=new_key,
        )


@blueprint.post("/patients/<int:patient_id>/open", endpoint="open_patient")
def open_with_reason(patient_id: int) -> Response:
    """Break the glass: the reason stands in the audit and in the patient's access report."""
    reason = text_of("reason").strip()[:200]
    with clinic_write() as session:
        shown = found(session, Patient, patient_id)
        if len(reason) < 5:
            raise ShapeWrong("Say in a few words why you need to open this chart.")
        _record(session, "broke_glass", shown, reason=reason)
    return make_response(redirect(url_for("desk.patient", patient_id=patient_id), 303))


@blueprint.post("/patients/<int:patient_id>/pin", endpoint="take_pin_off")
def pin_off(patient_id: int) -> Response:
    """For a patient who forgot the PIN of their pages: the date of birth opens them again."""
    return _take_off(patient_id, take_pin_off)


@blueprint.post("/patients/<int:patient_id>/passkeys", endpoint="remove_patient_passkeys")
def passkeys_off(patient_id: int) -> Response:
    """For a patient who lost a phone: no phone's lock opens their pages until it is set up again."""
    return _take_off(patient_id, remove_passkeys)


@blueprint.post("/patients/<int:patient_id>/notices", endpoint="tell_phones_no_more")
def notices_off(patient_id: int) -> Response:
    """For a patient who asked for it: none of their phones says any more that something waits."""
    return _take_off(patient_id, tell_no_more)


def _take_off(patient_id: int, take_off: Callable[..., object]) -> Response:
    """For staff who may open this patient's page."""
    with clinic_write() as session:
        shown = found(session, Patient, patient_id)
        if not may_open(session, shown):
            raise NotAllowed("Open the patient's page first and say why.")
        take_off(session, shown, actor=viewer().actor, now=now())
    return make_response(redirect(url_for("desk.patient", patient_id=patient_id), 303))


def may_open(session: Session, shown: Patient) -> bool:
    """By an open ticket, or by a reason this viewer gave within the hour."""
    return _has_open_ticket(session, shown) or _gave_reason(session, shown)


def _has_open_ticket(session: Session, shown: Patient) -> bool:
    """In one of the viewer's own queues."""
    wanted = select(Ticket.id).where(
        Ticket.patient_id == shown.id, Ticket.state != TicketState.CLOSED, *Which(scope=viewer().queue_ids).conditions()
    )
    return session.scalars(wanted.limit(1)).first() is not None


def _gave_reason(session: Session, shown: Patient) -> bool:
    wanted = select(AuditEvent.id).where(
        AuditEvent.patient_id == shown.id,
        AuditEvent.action == "broke_glass",
        AuditEvent.actor_id == viewer().staff_id,
        AuditEvent.at > now() - REASON_LASTS,
    )
    return session.scalars(wanted.limit(1)).first() is not None


@dataclass(frozen=True)
class Line:
    """One of the patient's tickets."""

    id: int
    words: str
    since: datetime
    state: str


def _tickets(session: Session, shown: Patient) -> list[Line]:
    wanted = select(Ticket).where(Ticket.patient_id == shown.id).order_by(Ticket.created_at.desc()).limit(20)
    return [
        Line(
            each.id,
            say(SHORT_SENTENCES[TicketReason(each.reason)]),
            each.created_at,
            say(STATE_SENTENCES[TicketState(each.state)]),
        )
        for each in session.scalars(wanted)
    ]


def _record(session: Session, action: str, shown: Patient, *, reason: str | None = None) -> None:
    record_audit(
        session, action, "patient", shown.id, actor=viewer().actor, now=now(), clinic_id=shown.clinic_id,
        patient_id=shown.id, reason=reason,
    )  # fmt: skip

"""A patient's numbers at the desk: described by anyone who works tickets, changed after a fresh sign-in."""

from __future__ import annotations

from flask import Response, url_for
from sqlalchemy.orm import Session

from app.core.errors import NotFound, ShapeWrong
from app.messaging.stop_sends import suspend_sends
from app.patients.change_contact import (
    Act,
    add_number,
    describe_number,
    record_distrust,
    trust_number,
    verify_number,
)
from app.patients.models import ContactPoint, Patient
from app.support.claim_ticket import Hand
from app.web.desk.blueprint import blueprint
from app.web.desk.forms import act_once, text_of
from app.web.desk.patients import may_open
from app.web.shell.database import found


def _distrust(session: Session, point: ContactPoint, by: Act) -> None:
    """Nothing more is sent there, for anybody of the clinic who is reached at it; nor what waits for it now."""
    suspended = suspend_sends(session, point.clinic_id, point.address_index, reason="staff", now=by.now)
    record_distrust(session, suspended, by)


_CHANGES = {"trust": trust_number, "distrust": _distrust}


@blueprint.post("/patients/<int:patient_id>/numbers", endpoint="add_number")
def add(patient_id: int) -> Response:
    def act(session: Session, mine: Hand) -> str:
        add_number(session, _patient(session, patient_id), text_of("number"), Act(mine.actor, mine.now))
        return _page(patient_id)

    return act_once(act)


@blueprint.post("/patients/<int:patient_id>/numbers/<int:point_id>", endpoint="change_number")
def change(patient_id: int, point_id: int) -> Response:
    def act(session: Session, mine: Hand) -> str:
        point = _point(session, patient_id, point_id)
        if text_of("do") not in _CHANGES:
            raise ShapeWrong
        _CHANGES[text_of("do")](session, point, Act(mine.actor, mine.now))
        return _page(patient_id)

    return act_once(act)


@blueprint.post("/patients/<int:patient_id>/numbers/<int:point_id>/about", endpoint="describe_number")
def describe(patient_id: int, point_id: int) -> Response:
    def act(session: Session, mine: Hand) -> str:
        point, by = _point(session, patient_id, point_id), Act(mine.actor, mine.now)
        describe_number(session, point, label=text_of("label"), may_voicemail=bool(text_of("voicemail")), act=by)
        if text_of("verified") and point.verified_at is None:
            verify_number(session, point, by)
        return _page(patient_id)

    return act_once(act)


def _patient(session: Session, patient_id: int) -> Patient:
    """A chart this viewer has open, by a ticket or by a reason given."""
    patient = found(session, Patient, patient_id)
    if not may_open(session, patient):
        raise NotFound
    return patient


def _point(session: Session, patient_id: int, point_id: int) -> ContactPoint:
    point = found(session, ContactPoint, point_id)
    if point.patient_id != _patient(session, patient_id).id:
        raise NotFound
    return point


def _page(patient_id: int) -> str:
    return url_for("desk.patient", patient_id=patient_id) + "#numbers"

"""What people at the desk find out about a number: whose it is, whether a voice message is safe, that it changed.

The record owns the list of numbers. One added here is used at once and stays until the record sends its own list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.core.audit import Actor, record_audit
from app.core.errors import ShapeWrong
from app.patients.models import ContactPoint, Patient
from app.patients.rules import ContactState
from app.patients.store import PHONE, address_index, contact_at
from channels.address import Address, normalise

_NO_NUMBER_SENTENCE = "This is no phone number. Write it like 306 555-0155."
LONGEST_LABEL = 30


@dataclass(frozen=True)
class Act:
    """Who changes it, and when."""

    actor: Actor
    now: datetime


def add_number(session: Session, patient: Patient, typed: str, act: Act) -> ContactPoint:
    """The patient's first choice from now on. Typed again, the number that is there comes first again."""
    address = normalise(typed, "CA")
    if not isinstance(address, Address):
        raise ShapeWrong(_NO_NUMBER_SENTENCE)
    point = contact_at(session, patient, address.value)
    if point is None:
        point = ContactPoint(
            clinic_id=patient.clinic_id, patient_id=patient.id, system=PHONE, address=address.value,
            address_index=address_index(address.value), created_at=act.now,
        )  # fmt: skip
        session.add(point)
    point.is_current, point.state, point.reason = True, ContactState.USABLE, None
    point.rank = min((each.rank for each in patient.contact_points if each is not point), default=2) - 1
    session.flush()
    _record(session, point, "number_added", act)
    return point


def trust_number(session: Session, point: ContactPoint, act: Act) -> None:
    """After "wrong number" or a carrier's refusal: somebody made sure, it is used again."""
    point.state, point.reason, point.is_current = ContactState.USABLE, None, True
    _record(session, point, "number_trusted", act)


def record_distrust(session: Session, points: Iterable[ContactPoint], act: Act) -> None:
    """These were suspended by a person: nothing more is sent there."""
    for each in points:
        _record(session, each, "number_suspended", act)


def describe_number(session: Session, point: ContactPoint, *, label: str, may_voicemail: bool, act: Act) -> None:
    """A neutral name for a shared phone ("kitchen phone"), and whether a voice message may be left."""
    point.label, point.safe_for_voicemail = label.strip()[:LONGEST_LABEL] or None, may_voicemail
    _record(session, point, "number_described", act)


def verify_number(session: Session, point: ContactPoint, act: Act) -> None:
    """Somebody spoke to the patient there and made sure who it was."""
    point.verified_at = act.now
    _record(session, point, "number_verified", act)


def _record(session: Session, point: ContactPoint, action: str, act: Act) -> None:
    record_audit(
        session, action, "contact_point", point.id, actor=act.actor, now=act.now, clinic_id=point.clinic_id,
        patient_id=point.patient_id,
    )  # fmt: skip

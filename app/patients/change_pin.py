"""Setting a PIN and taking it off, recorded; other browsers have to say again who they are, and no phone's lock opens
anything until it is set up again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.audit import Actor, record_audit
from app.patients.links import end_sessions_of
from app.patients.models import Patient
from app.patients.passkeys import remove_passkeys
from app.patients.pins import plain_digits, remove_pin, set_pin
from app.patients.rules import PinProblem, pin_problem


def change_pin(
    session: Session, patient: Patient, typed: str, again: str, *, actor: Actor, now: datetime, cookie: str
) -> PinProblem | None:
    """The new PIN set, else what is wrong with it. The browser with this cookie stays signed in."""
    pin = plain_digits(typed)
    problem = pin_problem(pin, plain_digits(again), patient.birth_date)
    if problem is None:
        set_pin(patient, pin)
        end_sessions_of(session, patient.id, now, but=cookie)
        remove_passkeys(session, patient, actor=actor, now=now)
        _record(session, "set", patient, actor=actor, now=now)
    return problem


def take_pin_off(session: Session, patient: Patient, *, actor: Actor, now: datetime) -> None:
    """The date of birth opens the pages again. Without a PIN nothing changes."""
    if remove_pin(patient):
        _record(session, "off", patient, actor=actor, now=now)


def _record(session: Session, what: str, patient: Patient, *, actor: Actor, now: datetime) -> None:
    record_audit(
        session, "changed", "pin", patient.id, actor=actor, now=now, clinic_id=patient.clinic_id,
        patient_id=patient.id, pin=what,
    )  # fmt: skip

"""A patient's own phones when two charts become one: their lock then opens the chart that stays, and they are told of
what waits there. The link such a phone keeps goes along; every browser has to say again who it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.core.audit import Actor, record_audit
from app.patients.consent import record_consent
from app.patients.links import end_sessions_of
from app.patients.models import Consent, Link, Patient, PatientPasskey, PushSubscription
from app.patients.passkeys import remove_passkeys
from app.patients.rules import ConsentStatus
from app.patients.told_phones import CHANNEL, tell_no_more

_OBJECTS: Mapping[type[Any], str] = {PatientPasskey: "passkey", PushSubscription: "told_phone"}


def move_phones(
    session: Session, goes_id: int, stays_id: int, *, actor: Actor, now: datetime,
    only: Mapping[str, Collection[int]] | None = None,
) -> dict[str, list[int]]:  # fmt: skip
    """All of a chart's phones, or `only` the rows named by table; which they were, by table."""
    moved: dict[str, list[int]] = {}
    for table in _OBJECTS:
        wanted: Select[Any] = select(table).where(table.patient_id == goes_id).order_by(table.id)
        if only is not None:
            wanted = wanted.where(table.id.in_(only.get(table.__tablename__, ())))
        for row in session.scalars(wanted):
            row.patient_id = stays_id
            if isinstance(row, PushSubscription):
                session.get_one(Link, row.link_id).patient_id = stays_id
            _record(session, row, goes_id, actor=actor, now=now)
            moved.setdefault(table.__tablename__, []).append(row.id)
    session.flush()
    end_sessions_of(session, stays_id, now)
    return moved


def bring_consent(session: Session, goes: Patient, stays: Patient) -> None:
    """What the patient said about being told, with the day they said it: the newest word on either chart counts."""
    wanted = select(Consent).where(Consent.patient_id == goes.id, Consent.channel == CHANNEL).order_by(Consent.id)
    for act in session.scalars(wanted).all():
        record_consent(
            session, stays, status=ConsentStatus(act.status), wording=act.wording, source=act.source, now=act.at,
            channel=act.channel, purpose=act.purpose, locale=act.locale, staff_id=act.staff_id,
        )  # fmt: skip


def forget_phones(session: Session, patient: Patient, *, actor: Actor, now: datetime) -> None:
    """Charts stand apart again and nothing says whose phone is whose: each is set up anew by who holds it."""
    remove_passkeys(session, patient, actor=actor, now=now)
    tell_no_more(session, patient, actor=actor, now=now)
    end_sessions_of(session, patient.id, now)


def _record(
    session: Session, row: PatientPasskey | PushSubscription, goes_id: int, *, actor: Actor, now: datetime
) -> None:
    """In both charts' access reports."""
    for patient_id in (goes_id, row.patient_id):
        record_audit(
            session, "transferred", _OBJECTS[type(row)], row.id, actor=actor, now=now, clinic_id=row.clinic_id,
            patient_id=patient_id,
        )  # fmt: skip

"""Phones that are told, without a word, that something waits.

It is the patient's choice on the page, an act of consent for the channel "web"; they or staff withdraw it by another.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import case, delete, select, update
from sqlalchemy.orm import Session

from app.core.audit import Actor, record_audit
from app.core.sealed import keyring
from app.patients.consent import record_consent
from app.patients.links import LASTS as LINK_LASTS
from app.patients.links import create_link, revoke
from app.patients.models import Link, Patient, PushSubscription
from app.patients.rules import MOST_PASSKEYS, ConsentStatus
from app.patients.store import lock_patient

CHANNEL = "web"
WORDING = "told-on-phone-1"
LASTS = timedelta(days=365)  # then the patient is told nothing, until they choose it again


def tell_on_phone(
    session: Session, patient: Patient, endpoint: str, *, locale: str, actor: Actor, now: datetime
) -> str:
    """From now on the browser behind `endpoint` is told. Gives the token of a link home: it asks who it is and lasts no
    longer than any other, and each time the phone is told it is open again for as long (`reopen`). The same phone
    again is one phone, and no longer another patient's."""
    lock_patient(session, patient.id)
    index = keyring().blind_index("endpoint", endpoint)
    for earlier in session.scalars(select(PushSubscription).where(PushSubscription.endpoint_index == index)):
        drop_phone(session, earlier, actor=actor, now=now)
    for oldest in phones_of(session, patient.id)[MOST_PASSKEYS - 1 :]:
        drop_phone(session, oldest, actor=actor, now=now)
    session.flush()
    made = create_link(session, patient, purpose="home", response_id=None, locale=locale, now=now)
    row = PushSubscription(
        clinic_id=patient.clinic_id, patient_id=patient.id, link_id=made.link.id, endpoint_index=index, created_at=now
    )
    row.endpoint = endpoint
    session.add(row)
    session.flush()
    _consent(session, patient, ConsentStatus.GIVEN, actor, locale=locale, now=now)
    _record(session, "added", row, actor=actor, now=now)
    return made.token


def tell_no_more(session: Session, patient: Patient, *, actor: Actor, now: datetime) -> int:
    """None of their phones is told any more; how many there were."""
    phones = phones_of(session, patient.id)
    for each in phones:
        drop_phone(session, each, actor=actor, now=now)
    if phones:
        _consent(session, patient, ConsentStatus.WITHDRAWN, actor, locale=patient.locale, now=now)
    return len(phones)


def drop_phone(session: Session, row: PushSubscription, *, actor: Actor, now: datetime) -> None:
    """This phone is told no more, and its link leads nowhere."""
    revoke(session, session.get_one(Link, row.link_id), now)
    session.execute(delete(PushSubscription).where(PushSubscription.id == row.id))
    _record(session, "removed", row, actor=actor, now=now)


def reopen(session: Session, row: PushSubscription, now: datetime) -> None:
    """The phone is about to be told: its link is good from now, for as long as any other."""
    session.get_one(Link, row.link_id).expires_at = now + LINK_LASTS


def phones_of(session: Session, patient_id: int) -> list[PushSubscription]:
    """Newest first."""
    wanted = select(PushSubscription).where(PushSubscription.patient_id == patient_id)
    return list(session.scalars(wanted.order_by(PushSubscription.created_at.desc(), PushSubscription.id.desc())))


def want_told(session: Session, patient_id: int, at: datetime) -> None:
    """Something waits for the patient: their phones are to be told, not before `at`. Several things are one knock."""
    is_waiting = PushSubscription.due_at.is_not(None)
    session.execute(
        update(PushSubscription)
        .where(PushSubscription.patient_id == patient_id)
        .values(wanted_at=at, due_at=case((is_waiting, PushSubscription.due_at), else_=at), attempts=0)
        .execution_options(synchronize_session=False)
    )


def _consent(
    session: Session, patient: Patient, status: ConsentStatus, actor: Actor, *, locale: str, now: datetime
) -> None:
    is_staff = actor.kind == "staff"
    record_consent(
        session, patient, status=status, wording=WORDING, source="staff" if is_staff else "patient_web", now=now,
        channel=CHANNEL, locale=locale, staff_id=actor.id if is_staff else None,
    )  # fmt: skip


def _record(session: Session, action: str, row: PushSubscription, *, actor: Actor, now: datetime) -> None:
    record_audit(
        session, action, "told_phone", row.id, actor=actor, now=now, clinic_id=row.clinic_id, patient_id=row.patient_id
    )

"""Telling patients' phones, without a word, that something waits. It costs nothing and is never the only way to them.

The subscription's row is the outbox: claimed with a lease, told with no transaction open, settled in one commit. A
death in between tells again, which the push service and the phone make one: the same topic, the same notice. Consent,
status and quiet hours are looked at in the claim; what was seen meanwhile is not told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from app.core.audit import SYSTEM
from app.core.faults import fault_point
from app.core.ground import Ground
from app.core.holidays import quiet_days
from app.core.log import logger
from app.core.models import AuditEvent, Clinic
from app.core.sealed import keyring
from app.messaging.models import Message
from app.messaging.quiet_hours import known_zone, quiet_until
from app.messaging.rules import Direction, MessageState, backoff_s
from app.patients.consent import is_agreed
from app.patients.models import Link, Patient, PushSubscription
from app.patients.rules import PatientStatus, may_be_contacted
from app.patients.told_phones import CHANNEL, LASTS, drop_phone, reopen
from channels.errors import ChannelError, Gone, Refused
from channels.webpush.services import is_endpoint

if TYPE_CHECKING:
    from channels.webpush.knock import Knocker

AT_ONCE = 20
LEASE = timedelta(seconds=60)
GOOD_FOR = timedelta(hours=24)
MOST_TRIES = 6
_NOT_HEARD = (MessageState.UNDELIVERED, MessageState.EXPIRED, MessageState.SUPPRESSED, MessageState.DEAD)


@dataclass(frozen=True)
class Claim:
    """One phone to be told. `wanted_at` tells a newer wish from the one that was claimed."""

    id: int
    endpoint: str
    wanted_at: datetime
    attempts: int


def tell_phones(ground: Ground, *, limit: int = AT_ONCE) -> int:
    """Tell the phones that are due; how many were. Safe with any number of processes."""
    if not ground.push_services or not _is_anything_due(ground):
        return 0
    return sum(_tell(ground, claim) for claim in _claim(ground, limit))


def knocker_of(ground: Ground) -> Knocker:
    """Who knocks: the server, under a key made from its others."""
    from channels.webpush.knock import Knocker  # noqa: PLC0415 - and with it what speaks HTTP: few servers ever knock

    host = urlsplit(ground.public_url).hostname or "localhost"
    return Knocker(keyring().secret("web push", 48), f"https://{host}")


def _is_anything_due(ground: Ground) -> bool:
    with ground.database.read() as session:
        return bool(session.scalar(select(exists().where(*_due(ground)))))


def _due(ground: Ground) -> tuple[ColumnElement[bool], ...]:
    free = or_(PushSubscription.lease_until.is_(None), PushSubscription.lease_until <= ground.clock.machine_now())
    return (PushSubscription.due_at <= ground.clock.now(), free)


def _claim(ground: Ground, limit: int) -> list[Claim]:
    with ground.database.write() as session:
        wanted = select(PushSubscription).where(*_due(ground)).order_by(PushSubscription.due_at).limit(limit)
        rows = list(session.scalars(wanted.with_for_update(skip_locked=True)))
        return [claim for row in rows if (claim := _claimed(session, ground, row)) is not None]


def _claimed(session: Session, ground: Ground, row: PushSubscription) -> Claim | None:
    now = ground.clock.now()
    if not _may_be_told(session, ground, row, now):
        _forget(row)
        return None
    clinic, patient = session.get_one(Clinic, row.clinic_id), session.get_one(Patient, row.patient_id)
    days = quiet_days(clinic.settings, clinic.province)
    zone = known_zone(patient.zone, clinic.zone)
    quiet = quiet_until(now, zone=zone, starts=clinic.quiet_from, ends=clinic.quiet_until, days=days)
    if quiet is not None:
        row.due_at = quiet
        return None
    row.lease_until, row.attempts = ground.clock.machine_now() + LEASE, row.attempts + 1
    assert row.wanted_at is not None
    reopen(session, row, now)
    return Claim(row.id, row.endpoint, row.wanted_at, row.attempts)


def _may_be_told(session: Session, ground: Ground, row: PushSubscription, now: datetime) -> bool:
    patient, link = session.get_one(Patient, row.patient_id), session.get_one(Link, row.link_id)
    return (
        row.wanted_at is not None
        and now - row.wanted_at < GOOD_FOR
        and row.attempts < MOST_TRIES
        and row.created_at + LASTS > now
        and link.revoked_at is None
        and is_endpoint(row.endpoint, ground.push_services)
        and may_be_contacted(PatientStatus(patient.status))
        and is_agreed(session, patient.id, CHANNEL, "care")
        and _is_waiting(session, row)
    )


def _is_waiting(session: Session, row: PushSubscription) -> bool:
    """A reply on the page, or something that did not arrive, since the patient last looked."""
    looked = select(func.max(AuditEvent.at)).where(
        AuditEvent.patient_id == row.patient_id, AuditEvent.object_kind == "home", AuditEvent.action == "viewed"
    )
    since = session.scalar(looked) or row.created_at
    on_page = and_(Message.channel == CHANNEL, Message.state == MessageState.DELIVERED, Message.created_at >= since)
    not_heard = and_(Message.state.in_(_NOT_HEARD), Message.updated_at >= since)
    wanted = exists().where(
        Message.patient_id == row.patient_id, Message.direction == Direction.OUTBOUND, or_(on_page, not_heard)
    )
    return bool(session.scalar(select(wanted)))


def _tell(ground: Ground, claim: Claim) -> bool:
    from channels.webpush.knock import knock  # noqa: PLC0415

    failure: ChannelError | None = None
    try:
        unix_now = int(ground.clock.machine_now().timestamp())
        knock(knocker_of(ground), claim.endpoint, unix_now=unix_now, ttl_s=int(GOOD_FOR.total_seconds()))
    except ChannelError as error:
        failure = error
        logger("messaging").warning("phone_not_told", subscription_id=claim.id, code=error.code)
    fault_point("after_knock")
    with ground.database.write() as session:
        row = session.get(PushSubscription, claim.id, with_for_update=True)
        if row is not None:
            _settle(session, ground, row, claim, failure)
    return failure is None


def _settle(
    session: Session, ground: Ground, row: PushSubscription, claim: Claim, failure: ChannelError | None
) -> None:
    now = ground.clock.now()
    row.lease_until = None
    if isinstance(failure, Gone):
        drop_phone(session, row, actor=SYSTEM, now=now)
    elif failure is None or isinstance(failure, Refused):
        row.told_at = now if failure is None else row.told_at
        if row.wanted_at == claim.wanted_at:
            _forget(row)
    else:
        row.due_at = now + timedelta(seconds=failure.retry_after_s or backoff_s(3 + claim.attempts, 1.0))


def _forget(row: PushSubscription) -> None:
    row.wanted_at = row.due_at = row.lease_until = None

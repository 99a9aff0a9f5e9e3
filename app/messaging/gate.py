"""The gate inside the claim: consent, opt-outs, patient status, quiet hours, not-after and budgets, read in the same
transaction that claims, so that nothing leaves on an answer that was true yesterday."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.holidays import quiet_days
from app.core.models import Clinic
from app.messaging.end_message import end_message
from app.messaging.models import Message
from app.messaging.quiet_hours import known_zone, quiet_until
from app.messaging.rules import FOR_FORMS, FOR_REMINDERS, Facts, MessageClass, MessageState, Verdict, judge
from app.messaging.store import is_reply_of_ours
from app.patients.consent import Reach, may_reach_many
from app.patients.models import Patient
from app.patients.rules import ConsentPurpose, PatientStatus, may_be_contacted
from channels.address import Address, normalise

COUNTRIES = ("CA", "US")


@dataclass(frozen=True)
class _Around:
    """What the messages of one claim share, fetched once."""

    now: datetime
    clinics: dict[int, Clinic]
    patients: dict[int, tuple[str, str | None]]  # status and zone
    refusals: dict[Reach, str | None]
    replies: dict[tuple[int, str], int]


def pass_gate(
    session: Session, messages: Sequence[Message], clinics: dict[int, Clinic], *, now: datetime
) -> list[Message]:
    """Those of the claimed `messages` that may leave now. The others are put back or ended here, with the reason."""
    around = _look_around(session, messages, clinics, now)
    return [message for message in messages if _passes(session, message, around)]


def _passes(session: Session, message: Message, around: _Around) -> bool:
    verdict = judge(_facts(message, around))
    if verdict.state is MessageState.CLAIMED:
        return True
    if verdict.state is MessageState.PENDING:
        put_back(message, verdict, now=around.now)
    else:
        end_message(session, message, verdict.state, str(verdict.reason), now=around.now)
    return False


def put_back(message: Message, verdict: Verdict, *, now: datetime) -> None:
    """Not now: pending again until `verdict.wait_until`; a claim that the gate turned back is no try."""
    message.state = MessageState.PENDING
    message.due_at = verdict.wait_until
    message.lease_until = None
    message.attempts -= 1
    message.reason = verdict.reason
    message.updated_at = now


def _facts(message: Message, around: _Around) -> Facts:
    clinic = around.clinics[message.clinic_id]
    status, patients_zone = around.patients.get(message.patient_id or 0, (None, None))
    address = _address(message.address)
    is_phone = address is not None and address.may_be_answered
    return Facts(
        now=around.now,
        not_after=message.not_after,
        fruitless_tries=message.attempts - 1 - message.put_off,
        patient_is_active=status is None or may_be_contacted(PatientStatus(status)),
        may_be_answered=is_phone,
        country_is_allowed=address is None or address.country in clinic.settings.get("countries", COUNTRIES),
        refusal=around.refusals.get(_reach(message)) if message.needs_consent else None,
        is_reply=message.class_ == MessageClass.REPLY,
        replies_last_hour=around.replies.get((message.clinic_id, message.address_index), 0),
        quiet_until=_quiet_until(message, clinic, patients_zone, around.now),
    )


def consent_purpose(of_message: str) -> ConsentPurpose:
    """What the patient must have agreed to for a message of this purpose; whoever wrote to us is answered as care."""
    if of_message in FOR_REMINDERS:
        return ConsentPurpose.REMINDERS
    return ConsentPurpose.FORMS if of_message in FOR_FORMS else ConsentPurpose.CARE


@lru_cache(4096)
def _address(text: str) -> Address | None:
    address = normalise(text)
    return address if isinstance(address, Address) else None


def _reach(message: Message) -> Reach:
    purpose = consent_purpose(message.purpose)
    return Reach(
        message.clinic_id, message.channel, message.address_index, message.patient_id, purpose,
        is_unasked=message.due_step_id is not None,
    )  # fmt: skip


def _quiet_until(message: Message, clinic: Clinic, patients_zone: str | None, now: datetime) -> datetime | None:
    if not message.obeys_quiet_hours:
        return None
    zone = known_zone(patients_zone, message.zone, clinic.zone)
    days = quiet_days(clinic.settings, clinic.province)
    return quiet_until(now, zone=zone, starts=clinic.quiet_from, ends=clinic.quiet_until, days=days)


def _look_around(session: Session, messages: Sequence[Message], clinics: dict[int, Clinic], now: datetime) -> _Around:
    wanted = {message.patient_id for message in messages if message.patient_id}
    patients = select(Patient.id, Patient.status, Patient.zone).where(Patient.id.in_(wanted))
    return _Around(
        now=now,
        clinics=clinics,
        patients={row.id: (row.status, row.zone) for row in session.execute(patients)} if wanted else {},
        refusals=may_reach_many(session, {_reach(message) for message in messages if message.needs_consent}),
        replies=_replies_last_hour(session, messages, now),
    )


def _replies_last_hour(session: Session, messages: Sequence[Message], now: datetime) -> dict[tuple[int, str], int]:
    """Replies handed over to each address within the hour."""
    replies = [message for message in messages if message.class_ == MessageClass.REPLY]
    if not replies:
        return {}
    counted = (
        select(Message.clinic_id, Message.address_index, func.count())
        .where(
            Message.clinic_id.in_({message.clinic_id for message in replies}),
            Message.address_index.in_({message.address_index for message in replies}),
            Message.created_at > now - timedelta(hours=1),
            is_reply_of_ours(),
            Message.accepted_at.is_not(None),
        )
        .group_by(Message.clinic_id, Message.address_index)
    )
    return {(clinic_id, address): count for clinic_id, address, count in session.execute(counted)}

"""What a carrier's word teaches about a contact point: it delivered, it failed, it is a landline, it is nobody's."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.audit import Actor, record_audit
from app.messaging.models import Message
from app.messaging.stop_sends import stop_sends
from app.patients.models import ContactPoint
from app.patients.store import closed_addresses, suspend_address
from channels.base import Channel
from channels.errors import Decision


def learn_from_delivery(session: Session, message: Message, *, now: datetime) -> None:
    """The newest proof that this contact point works."""
    point = _contact_point(session, message)
    if point is not None:
        point.last_delivered_at = now


def learn_from_refusal(
    session: Session, message: Message, decision: Decision | None, *, code: str, now: datetime
) -> None:
    """A failure, and what it means for the next choice. An opt-out the carrier holds becomes ours.

    Only a text's failure that speaks of the number is held against it: a call nobody took, a filtered wording or an
    account in trouble must not send the next text to another phone, which may be a relative's.
    """
    point = _contact_point(session, message)
    if point is not None:
        if message.channel == Channel.SMS and decision in _SPEAKS_OF_THE_NUMBER:
            point.last_failed_at = now
        if decision is Decision.LANDLINE_CALL:
            point.is_landline = True
        if decision is Decision.STOP_ADDRESS:
            # what waits for it meets the gate: one at a time leaves for it
            suspend_address(session, point.clinic_id, point.address_index, code)
    if decision is Decision.OPTED_OUT:
        _opt_out(session, message, code=code, now=now)


_SPEAKS_OF_THE_NUMBER = (Decision.STOP_ADDRESS, Decision.LANDLINE_CALL, Decision.TRY_LATER, None)


def _opt_out(session: Session, message: Message, *, code: str, now: datetime) -> None:
    clinic_id, channel = message.clinic_id, message.channel
    if not closed_addresses(session, clinic_id, [message.address_index], channel):
        record_audit(
            session, "opted_out", "address", message.contact_point_id, actor=Actor("carrier"), now=now,
            clinic_id=clinic_id, patient_id=message.patient_id, reason=code, message_id=message.id,
        )  # fmt: skip
    stop_sends(session, clinic_id, message.address_index, channel=channel, word="stop", source="carrier", now=now)


def _contact_point(session: Session, message: Message) -> ContactPoint | None:
    return session.get(ContactPoint, message.contact_point_id) if message.contact_point_id else None

"""What a carrier's word teaches about a contact point: it delivered, it failed, it is a landline, it is nobody's."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.messaging.models import Message
from app.messaging.stop_sends import stop_sends
from app.patients.models import ContactPoint
from app.patients.rules import ContactState
from channels.errors import Decision


def learn_from_delivery(session: Session, message: Message, *, now: datetime) -> None:
    """The newest proof that this contact point works."""
    point = _contact_point(session, message)
    if point is not None:
        point.last_delivered_at = now


def learn_from_refusal(
    session: Session, message: Message, decision: Decision | None, *, code: str, now: datetime
) -> None:
    """A failure, and what it means for the next choice. An opt-out the carrier holds becomes ours."""
    point = _contact_point(session, message)
    if point is not None:
        point.last_failed_at = now
        if decision is Decision.LANDLINE_CALL:
            point.is_landline = True
        if decision is Decision.STOP_ADDRESS:
            point.state, point.reason = ContactState.SUSPENDED, code
    if decision is Decision.OPTED_OUT:
        stop_sends(
            session, message.clinic_id, message.address_index, channel=message.channel, word="stop", source="carrier",
            now=now,
        )  # fmt: skip


def _contact_point(session: Session, message: Message) -> ContactPoint | None:
    return session.get(ContactPoint, message.contact_point_id) if message.contact_point_id else None

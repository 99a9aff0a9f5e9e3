"""A clinical message nobody could settle becomes a ticket: a person finds out and decides whether to send it again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.models import Clinic, Event
from app.messaging.models import Message
from app.support.open_ticket import open_ticket
from app.support.rules import TicketReason, Urgency


def open_ticket_for_unsettled(session: Session, event: Event, now: datetime) -> None:
    """React to `message_unsettled`; any other event is not for us."""
    if event.kind != "message_unsettled":
        return
    message = session.get_one(Message, event.subject_id)
    clinic = session.get_one(Clinic, message.clinic_id)
    open_ticket(
        session,
        clinic_id=message.clinic_id,
        reason=TicketReason.UNCERTAIN_MESSAGE,
        urgency=Urgency.SOON,
        cause=f"message_unsettled:{message.id}",
        locale=message.locale or clinic.locale,
        now=now,
        patient_id=message.patient_id,
        conversation_id=message.conversation_id,
        message_id=message.id,
    )

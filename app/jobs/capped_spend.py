"""The day's cap of a clinic holds its reminders back: a person hears of it, once a day, and may have the cap raised."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.models import Clinic, Event
from app.messaging.budgets import CAP_REACHED
from app.messaging.rules import Reason
from app.support.open_ticket import open_ticket
from app.support.rules import TicketReason, Urgency


def open_ticket_for_cap(session: Session, event: Event, now: datetime) -> None:
    """React to `spend_cap_reached`; any other event is not for us."""
    if event.kind != CAP_REACHED:
        return
    clinic = session.get_one(Clinic, event.clinic_id)
    open_ticket(
        session,
        clinic_id=clinic.id,
        reason=TicketReason.UNDELIVERED,
        urgency=Urgency.SOON,
        cause=f"{CAP_REACHED}:{event.subject_id}",
        locale=clinic.locale,
        now=now,
        why=Reason.SPEND_CAP.value,
    )

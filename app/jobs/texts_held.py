"""What holds a clinic's texts back becomes a ticket, once a day, so that a person may end it: the day's cap is reached,
or a carrier refuses our account or number."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.models import Clinic, Event
from app.messaging.attempt import ACCOUNT_REFUSED
from app.messaging.budgets import CAP_REACHED
from app.messaging.rules import Reason
from app.support.open_ticket import open_ticket
from app.support.rules import TicketReason, Urgency

WHY = {CAP_REACHED: Reason.SPEND_CAP.value, ACCOUNT_REFUSED: ACCOUNT_REFUSED}


def open_ticket_for_held_texts(session: Session, event: Event, now: datetime) -> None:
    """React to `spend_cap_reached` and `account_refused`; any other event is not for us."""
    if event.kind not in WHY:
        return
    clinic = session.get_one(Clinic, event.clinic_id)
    open_ticket(
        session,
        clinic_id=clinic.id,
        reason=TicketReason.UNDELIVERED,
        urgency=Urgency.SOON,
        cause=event.unique_key or f"{event.kind}:{event.subject_id}",
        locale=clinic.locale,
        now=now,
        message_id=event.subject_id if event.kind == ACCOUNT_REFUSED else None,
        why=WHY[event.kind],
    )

"""A carrier refuses our account or our number: a person hears of it, once a day and carrier."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.models import Clinic, Event
from app.messaging.attempt import ACCOUNT_REFUSED
from app.support.open_ticket import open_ticket
from app.support.rules import TicketReason, Urgency


def open_ticket_for_account(session: Session, event: Event, now: datetime) -> None:
    """React to `account_refused`; any other event is not for us."""
    if event.kind != ACCOUNT_REFUSED:
        return
    clinic = session.get_one(Clinic, event.clinic_id)
    open_ticket(
        session,
        clinic_id=clinic.id,
        reason=TicketReason.UNDELIVERED,
        urgency=Urgency.SOON,
        cause=event.unique_key,
        locale=clinic.locale,
        now=now,
        message_id=event.subject_id,
        why=ACCOUNT_REFUSED,
    )

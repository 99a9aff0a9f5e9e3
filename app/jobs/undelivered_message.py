"""A message that did not reach the patient and has no ladder behind it becomes a ticket: never a dead end (promise P5).

Reminders and questions of a pathway climb their ladder instead. One ticket per number and day, however many failed; and
one per number and hour in which it was answered so often that we fell silent: whoever wrote may wait for an answer.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.core.models import Clinic, Event
from app.messaging.models import Message
from app.messaging.quiet_hours import known_zone
from app.messaging.rules import MessageClass, MessageState, Reason
from app.patients.told_phones import want_told
from app.support.open_ticket import open_ticket
from app.support.rules import TicketReason, Urgency

FAILED = (MessageState.UNDELIVERED, MessageState.DEAD, MessageState.EXPIRED)
NO_TICKET = frozenset({"opt_out_notice", "opt_in_notice", "help", "staff_alert"})  # whoever gets these has no chart


def open_ticket_for_undelivered(session: Session, event: Event, now: datetime) -> None:
    """React to `message_undelivered`; any other event is not for us."""
    if event.kind != "message_undelivered":
        return
    message = session.get_one(Message, event.subject_id)
    fell_silent = message.state == MessageState.SUPPRESSED and message.reason == Reason.REPLY_BUDGET
    is_failed = fell_silent or message.state in FAILED
    if message.due_step_id or not is_failed or message.purpose in NO_TICKET:
        return
    clinic = session.get_one(Clinic, message.clinic_id)
    local_now = now.astimezone(ZoneInfo(known_zone(clinic.zone)))
    once = f"silent:{local_now:%Y-%m-%dT%H%z}" if fell_silent else local_now.date()
    is_pressing = fell_silent or message.ticket_id or message.class_ in (MessageClass.CLINICAL, MessageClass.URGENT)
    open_ticket(
        session,
        clinic_id=message.clinic_id,
        reason=TicketReason.UNDELIVERED,
        urgency=Urgency.SOON if is_pressing else Urgency.ROUTINE,
        cause=f"undelivered:{message.clinic_id}:{message.address_index}:{once}",
        locale=message.locale or clinic.locale,
        now=now,
        patient_id=message.patient_id,
        conversation_id=message.conversation_id,
        contact_point_id=message.contact_point_id,
        message_id=message.id,
        why=message.reason,
    )


def tell_phone_of_undelivered(session: Session, event: Event, now: datetime) -> None:
    """What no text or call could bring is at home too: the patient's phone may say so, beside ladder and ticket."""
    if event.kind != "message_undelivered":
        return
    message = session.get_one(Message, event.subject_id)
    if message.patient_id is not None and message.purpose not in NO_TICKET:
        want_told(session, message.patient_id, now)

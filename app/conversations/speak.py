"""Texts and calls that we start: queued in the caller's transaction, once per cause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.conversations.models import Conversation
from app.conversations.zones import zone_of
from app.core.models import Clinic
from app.messaging.models import Message
from app.messaging.queue_message import Draft, queue_message
from app.messaging.rules import MessageClass, Priority
from app.patients.models import ContactPoint


@dataclass(frozen=True)
class Errand:
    """Why we write or call, and until when it is of use. `cause` makes doing it twice harmless."""

    cause: str
    purpose: str
    class_: MessageClass = MessageClass.REMINDER
    priority: Priority = Priority.REMINDER
    not_after: datetime | None = None
    due_step_id: int | None = None
    obeys_quiet_hours: bool = True
    sender: str | None = None  # another number of the clinic's; None: its usual one


def say_to(
    session: Session,
    conversation: Conversation,
    contact: ContactPoint,
    bodies: list[str],
    errand: Errand,
    *,
    now: datetime,
) -> list[Message]:
    """Queue texts, in order; the first one carries the errand's due step, so that its receipt counts for it."""
    return [
        _queue(session, conversation, contact, errand, channel="sms", body=body, number=number, now=now)
        for number, body in enumerate(bodies)
    ]


def call_to(
    session: Session, conversation: Conversation, contact: ContactPoint, errand: Errand, *, now: datetime
) -> Message:
    """Queue a call; what to say is asked for when the phone is picked up."""
    return _queue(session, conversation, contact, errand, channel="voice", body=None, number=0, now=now)


def _queue(
    session: Session,
    conversation: Conversation,
    contact: ContactPoint,
    errand: Errand,
    *,
    channel: str,
    body: str | None,
    number: int,
    now: datetime,
) -> Message:
    clinic = session.get_one(Clinic, conversation.clinic_id)
    draft = Draft(
        clinic_id=conversation.clinic_id,
        channel=channel,
        address=contact.address,
        purpose=errand.purpose,
        cause=f"{errand.cause}:{number}",
        body=body,
        class_=errand.class_,
        priority=errand.priority,
        locale=conversation.locale,
        patient_id=conversation.patient_id,
        contact_point_id=contact.id,
        conversation_id=conversation.id,
        appointment_id=conversation.appointment_id,
        sender=errand.sender,
        may_be_plain=errand.purpose != "question" and not clinic.settings.get("keeps_accents", False),
        due_step_id=errand.due_step_id if number == 0 else None,
        not_after=errand.not_after,
        zone=zone_of(session, conversation),
        obeys_quiet_hours=errand.obeys_quiet_hours,
    )
    return queue_message(session, draft, now=now)

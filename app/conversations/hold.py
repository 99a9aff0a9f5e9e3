"""Handing a conversation to a person and taking it back: while a ticket holds it, the engine is silent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.conversations.models import Conversation
from app.conversations.rules import ConversationState
from app.support.models import Ticket
from app.support.open_ticket import open_ticket
from app.support.rules import TicketReason, Urgency


def hand_over(
    session: Session,
    conversation: Conversation,
    reason: TicketReason,
    *,
    now: datetime,
    cause: str,
    urgency: Urgency = Urgency.ROUTINE,
    message_id: int | None = None,
    **details: Any,
) -> Ticket:
    """Open a ticket (the same cause gives the same one) that holds the conversation until it is closed."""
    ticket = ticket_about(
        session, conversation, reason, now=now, cause=cause, urgency=urgency, message_id=message_id, **details
    )
    conversation.state = ConversationState.HELD
    conversation.held_by_ticket_id = ticket.id
    conversation.updated_at = now
    return ticket


def ticket_about(
    session: Session,
    conversation: Conversation,
    reason: TicketReason,
    *,
    now: datetime,
    cause: str,
    urgency: Urgency = Urgency.ROUTINE,
    message_id: int | None = None,
    **details: Any,
) -> Ticket:
    """A ticket about the conversation that does not stop it."""
    return open_ticket(
        session,
        clinic_id=conversation.clinic_id,
        reason=reason,
        urgency=urgency,
        cause=cause,
        locale=conversation.locale,
        now=now,
        patient_id=conversation.patient_id,
        conversation_id=conversation.id,
        contact_point_id=conversation.contact_point_id,
        appointment_id=conversation.appointment_id,
        response_id=conversation.response_id,
        message_id=message_id,
        **details,
    )


def end(conversation: Conversation, state: ConversationState, *, now: datetime, reason: str | None = None) -> None:
    """The conversation is over. Ending it again changes nothing."""
    if conversation.ended_at is not None:
        return
    conversation.state = state
    conversation.reason = reason
    conversation.ended_at = conversation.updated_at = now


def reopen(conversation: Conversation, *, now: datetime) -> None:
    """The conversation waits for the patient again."""
    conversation.state = ConversationState.WAITING
    conversation.ended_at = conversation.reason = conversation.held_by_ticket_id = None
    conversation.misunderstood = 0
    conversation.updated_at = now

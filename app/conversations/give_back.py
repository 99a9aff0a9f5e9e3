"""A ticket was closed: the conversations it held go back to where they were, and a form asks its question again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.appointments.models import Appointment
from app.appointments.rules import REMINDED
from app.conversations.hold import end, reopen
from app.conversations.models import Conversation
from app.conversations.rules import ConversationKind, ConversationState
from app.conversations.store import held_by, open_at
from app.conversations.wake_next import ask_on, wake_next
from app.intake.models import Response
from app.intake.rules import ResponseStatus


def give_back(session: Session, ticket_id: int, *, now: datetime) -> None:
    """Release everything the ticket held. Again changes nothing."""
    for conversation in held_by(session, ticket_id):
        if conversation.kind == ConversationKind.QUESTIONNAIRE:
            _give_back_form(session, conversation, now=now)
        elif conversation.kind == ConversationKind.APPOINTMENT and _is_still_asked(session, conversation, now):
            reopen(conversation, now=now)
        else:
            end(conversation, ConversationState.COMPLETED, now=now, reason="ticket_closed")
        if conversation.address_index is not None:
            wake_next(session, conversation.clinic_id, conversation.address_index, now=now)


def _give_back_form(session: Session, conversation: Conversation, *, now: datetime) -> None:
    response = session.get_one(Response, conversation.response_id)
    if response.status != ResponseStatus.IN_PROGRESS:
        end(conversation, ConversationState.COMPLETED, now=now, reason="ticket_closed")
    elif _is_line_taken(session, conversation):
        conversation.state, conversation.held_by_ticket_id = ConversationState.QUEUED, None
    else:
        ask_on(session, conversation, now=now)


def _is_line_taken(session: Session, conversation: Conversation) -> bool:
    assert conversation.address_index is not None
    return any(
        other.id != conversation.id and other.state in (ConversationState.WAITING, ConversationState.HELD)
        for other in open_at(session, conversation.clinic_id, conversation.address_index)
    )


def _is_still_asked(session: Session, conversation: Conversation, now: datetime) -> bool:
    """The patient asked for a person and has not said yet whether they come."""
    appointment = session.get_one(Appointment, conversation.appointment_id)
    is_ahead = appointment.status in REMINDED and appointment.start_at > now
    return is_ahead and (appointment.reply is None or appointment.reply_start_at != appointment.start_at)

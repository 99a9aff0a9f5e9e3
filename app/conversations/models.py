"""Tables: conversations. One waits per (our number, their number); the next is queued behind it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.conversations.rules import ConversationKind, ConversationState
from app.core.database import Base, one_of
from app.core.sealed import SealedJson, sealed_column


class Conversation(Base):
    __tablename__ = "conversation"
    __table_args__ = (
        Index("ix_conversation_address", "clinic_id", "address_index", "state"),
        Index("ix_conversation_patient", "patient_id", "created_at"),
        Index("ix_conversation_expiry", "state", "expires_at"),
        one_of("state", ConversationState),
        one_of("kind", ConversationKind),
    )

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))  # None: who is speaking is not known
    contact_point_id: Mapped[int | None] = mapped_column(ForeignKey("contact_point.id"))
    address_index: Mapped[str | None]
    kind: Mapped[str]
    channel: Mapped[str]
    locale: Mapped[str]
    state: Mapped[str] = mapped_column(default=ConversationState.WAITING)
    turn: Mapped[int] = mapped_column(default=0)  # grows with each turn; voice URLs carry it
    misunderstood: Mapped[int] = mapped_column(default=0)
    response_id: Mapped[int | None] = mapped_column(ForeignKey("response.id"))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))
    due_step_id: Mapped[int | None]
    held_by_ticket_id: Mapped[int | None]
    memory_sealed: Mapped[bytes | None] = sealed_column()  # small state that is not a response's
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None]

    memory = SealedJson("memory_sealed")

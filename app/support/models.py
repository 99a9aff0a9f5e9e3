"""Tables: queues, tickets, their events and notes, saved replies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, one_of
from app.core.sealed import Sealed, sealed_column
from app.support.rules import EventKind, TicketReason, TicketState, Urgency


class Queue(Base):
    __tablename__ = "queue"
    __table_args__ = (UniqueConstraint("clinic_id", "name"),)

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    name: Mapped[str]
    topic: Mapped[str]  # general, clinical, scheduling, technical
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)  # calendar, deadlines, escalation


class Ticket(Base):
    """A piece of work for a person. `cause` makes opening it twice harmless; `version` guards each change."""

    __tablename__ = "ticket"
    __table_args__ = (
        UniqueConstraint("cause"),
        Index("ix_ticket_queue", "queue_id", "state", "urgency", "created_at"),
        Index("ix_ticket_patient", "patient_id", "created_at"),
        Index("ix_ticket_alive", "clinic_id", "created_at", postgresql_where=text("state <> 'closed'"),
              sqlite_where=text("state <> 'closed'")),
        one_of("state", TicketState),
        one_of("urgency", Urgency),
        one_of("reason", TicketReason),
    )  # fmt: skip

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    queue_id: Mapped[int] = mapped_column(ForeignKey("queue.id"))
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))
    conversation_id: Mapped[int | None]
    contact_point_id: Mapped[int | None] = mapped_column(ForeignKey("contact_point.id"))
    appointment_id: Mapped[int | None]
    response_id: Mapped[int | None]
    filing_id: Mapped[int | None]
    message_id: Mapped[int | None]
    cause: Mapped[str | None]
    reason: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)  # ids and codes that fill the reason's sentence
    urgency: Mapped[str]
    locale: Mapped[str]
    state: Mapped[str] = mapped_column(default=TicketState.OPEN)
    version: Mapped[int] = mapped_column(default=0)
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("staff_account.id"))
    lease_until: Mapped[datetime | None]
    claim_due_at: Mapped[datetime | None]
    answer_due_at: Mapped[datetime | None]
    close_due_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    first_claimed_at: Mapped[datetime | None]
    first_answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    escalation: Mapped[int] = mapped_column(default=0)  # rungs already climbed


class TicketEvent(Base):
    __tablename__ = "ticket_event"
    __table_args__ = (Index("ix_ticket_event_ticket", "ticket_id", "id"), one_of("kind", EventKind))

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[str]
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_account.id"))
    message_id: Mapped[int | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Note(Base):
    """Words among staff. A table of its own, so that a note can never be sent to a phone by mistake."""

    __tablename__ = "note"

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_account.id"))
    at: Mapped[datetime]
    body_sealed: Mapped[bytes] = sealed_column(nullable=False)

    body = Sealed("body_sealed")


class ReplyDraft(Base):
    """What an agent has typed and not sent: survives a reload, a lost link and the end of the session."""

    __tablename__ = "reply_draft"
    __table_args__ = (UniqueConstraint("ticket_id", "staff_id"),)

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_account.id"))
    updated_at: Mapped[datetime]
    body_sealed: Mapped[bytes] = sealed_column(nullable=False)

    body = Sealed("body_sealed")


class Presence(Base):
    """An agent who has the ticket open: a hint for colleagues, never a lock. Machine time."""

    __tablename__ = "presence"
    __table_args__ = (UniqueConstraint("ticket_id", "staff_id"),)

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_account.id"))
    since: Mapped[datetime]
    seen_at: Mapped[datetime]
    typed_at: Mapped[datetime | None]


class SavedReply(Base):
    """One wording of a reply in one language. Only a reviewed one may be picked."""

    __tablename__ = "saved_reply"
    __table_args__ = (UniqueConstraint("clinic_id", "name", "locale"),)

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    name: Mapped[str]
    locale: Mapped[str]
    body: Mapped[str]
    reviewed_at: Mapped[datetime | None]
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_account.id"))


class Submission(Base):
    """A form post of the desk by its own key: posting the same one again does nothing and gets the same answer."""

    __tablename__ = "submission"

    key: Mapped[str] = mapped_column(unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_account.id"))
    at: Mapped[datetime]
    answer: Mapped[str]  # where the browser was sent

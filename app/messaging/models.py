"""Tables: messages (the outbox and the inbox), attempts to send, receipts, calls."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, one_of
from app.core.sealed import Sealed, SealedJson, sealed_column
from app.messaging.rules import Direction, MessageClass, MessageState


def _index_where(condition: str, name: str, *columns: str) -> Index:
    """A row pays for an index only where `condition` holds. A query that wants it says the condition, word for word."""
    return Index(name, *columns, postgresql_where=text(condition), sqlite_where=text(condition))


class Message(Base):
    """One text or call, in or out. An outbound row is its own outbox entry: the row and its cause commit together."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("carrier", "direction", "external_id"),
        UniqueConstraint("cause"),
        _index_where("state = 'pending' and priority < 50", "ix_message_first_come", "priority", "due_at", "id"),
        _index_where(
            "state = 'pending' and priority >= 50", "ix_message_shared_out", "clinic_id", "priority", "due_at", "id"
        ),
        _index_where("state in ('pending','claimed','attempting')", "ix_message_line", "address_index"),
        _index_where(
            "state in ('claimed','attempting','uncertain','received')", "ix_message_open", "state", "lease_until"
        ),
        _index_where("direction = 'outbound' and class = 'reply'", "ix_message_replies", "address_index", "created_at"),
        _index_where("conversation_id is not null", "ix_message_of_conversation", "conversation_id", "id"),
        _index_where("ticket_id is not null", "ix_message_of_ticket", "ticket_id"),
        _index_where("notice_id is not null", "ix_message_of_notice", "notice_id", "state"),
        Index("ix_message_patient", "patient_id", "created_at"),
        one_of("direction", Direction),
        one_of("state", MessageState),
        one_of("class", MessageClass),
    )

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    direction: Mapped[str]
    channel: Mapped[str]  # sms, voice, web
    carrier: Mapped[str | None]  # chosen at the claim for outbound
    external_id: Mapped[str | None]  # the carrier's id
    cause: Mapped[str | None]  # what asked for it, once: "due_step:<id>:1", "turn:<conversation>:<turn>:0" ...
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))
    contact_point_id: Mapped[int | None] = mapped_column(ForeignKey("contact_point.id"))
    conversation_id: Mapped[int | None]
    ticket_id: Mapped[int | None]
    appointment_id: Mapped[int | None]
    due_step_id: Mapped[int | None]
    notice_id: Mapped[int | None]
    address_sealed: Mapped[bytes] = sealed_column(nullable=False)  # the other party, E.164 where it is a number
    address_index: Mapped[str]
    sender: Mapped[str | None]  # our number
    body_sealed: Mapped[bytes | None] = sealed_column()
    locale: Mapped[str | None]
    class_: Mapped[str] = mapped_column("class", default=MessageClass.REPLY)
    purpose: Mapped[str]  # reminder, question, reply, opt_out_notice, link, call, staff_alert ...
    priority: Mapped[int] = mapped_column(default=50)  # lower goes first: 0 urgent, 20 replies, 50 reminders, 80 bulk
    obeys_quiet_hours: Mapped[bool] = mapped_column(default=True)
    needs_consent: Mapped[bool] = mapped_column(default=True)
    zone: Mapped[str | None]  # IANA zone of the place it is about; the patient's own goes before it, the clinic's after
    state: Mapped[str]
    reason: Mapped[str | None]  # code for suppressed, cancelled, expired, dead, undelivered
    due_at: Mapped[datetime | None]
    not_after: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]  # machine time
    lease_token: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(default=0)  # counted in the claim, so that a death while sending counts
    put_off: Mapped[int] = mapped_column(default=0)  # of these, how many the carrier answered with "later"
    parts_done: Mapped[int] = mapped_column(default=0)  # parts of a long text a carrier has already taken
    segments: Mapped[int | None]
    encoding: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]

    address = Sealed("address_sealed")
    body = Sealed("body_sealed")


class MessageAttachment(Base):
    """A picture or sound that came with a text. The carrier keeps it; it is fetched by these names when looked at."""

    __tablename__ = "message_attachment"
    __table_args__ = (UniqueConstraint("message_id", "number"),)

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    number: Mapped[int]  # from 1, in the order they came
    external_id: Mapped[str]  # the carrier's
    content_type: Mapped[str]  # as the carrier said it; what it is, its own first bytes say


class MessageAttempt(Base):
    """One try at handing a message to a carrier, committed before the carrier is called."""

    __tablename__ = "message_attempt"
    __table_args__ = (
        Index("ix_message_attempt_message", "message_id"),
        Index("ix_message_attempt_external", "external_id"),
    )

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    number: Mapped[int]
    token: Mapped[str] = mapped_column(unique=True)  # opaque, rides in the callback URL
    carrier: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None]  # accepted, refused, retry, uncertain, settled_sent, settled_not_sent
    external_id: Mapped[str | None]
    error_code: Mapped[str | None]
    uncertain_at: Mapped[datetime | None]  # machine time at which nobody knew any more
    absent_at: Mapped[datetime | None]  # machine time at which the carrier first said it has no such message


class Receipt(Base):
    """A carrier's word on delivery, kept raw first, matched to its message then or later."""

    __tablename__ = "receipt"
    __table_args__ = (
        UniqueConstraint("carrier", "external_id", "status", "error_code"),
        Index("ix_receipt_waiting", "applied_at", "received_at"),
    )

    carrier: Mapped[str]
    external_id: Mapped[str]
    attempt_token: Mapped[str | None]
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    status: Mapped[str]  # ours: accepted, sent, delivered, undelivered; unknown ones as the carrier said them
    error_code: Mapped[str] = mapped_column(default="")
    raw_sealed: Mapped[bytes | None] = sealed_column()
    received_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]

    raw = SealedJson("raw_sealed")


class LinePace(Base):
    """When the next paced text may leave from one of a clinic's numbers."""

    __tablename__ = "line_pace"
    __table_args__ = (UniqueConstraint("clinic_id", "sender"),)

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    sender: Mapped[str] = mapped_column(server_default="")  # which; empty where none is known
    free_at: Mapped[datetime]


class DailySpend(Base):
    """Segments a clinic has handed over on one day of its own zone."""

    __tablename__ = "daily_spend"
    __table_args__ = (UniqueConstraint("clinic_id", "day"),)

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    day: Mapped[str]  # ISO date
    segments: Mapped[int] = mapped_column(default=0)
    capped_at: Mapped[datetime | None]  # when the day's cap first held something back


class Call(Base):
    """One phone call, either way. Its turns live in the conversation; the URL of each turn carries the turn number."""

    __tablename__ = "call"
    __table_args__ = (UniqueConstraint("carrier", "external_id"),)

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    direction: Mapped[str]
    carrier: Mapped[str]
    external_id: Mapped[str | None]
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))
    conversation_id: Mapped[int | None]
    address_sealed: Mapped[bytes] = sealed_column(nullable=False)
    address_index: Mapped[str]
    locale: Mapped[str]
    state: Mapped[str]  # ringing, in_progress, completed, busy, no_answer, failed
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    address = Sealed("address_sealed")

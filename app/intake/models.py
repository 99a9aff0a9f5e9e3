"""Tables: published questionnaires (immutable versions), responses, answers and packets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, one_of
from app.core.sealed import Sealed, SealedBytes, SealedJson, sealed_column
from app.intake.rules import AnswerState, ResponseStatus


class PublishedQuestionnaire(Base):
    """One immutable version of a questionnaire at one clinic."""

    __tablename__ = "questionnaire"
    __table_args__ = (UniqueConstraint("clinic_id", "url", "version"), UniqueConstraint("clinic_id", "name", "version"))

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    name: Mapped[str]  # short name, e.g. intake, phq-9
    url: Mapped[str]
    version: Mapped[str]
    title: Mapped[str]
    source: Mapped[dict[str, Any]]  # the FHIR Questionnaire, whole
    readiness: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_current: Mapped[bool] = mapped_column(default=True)
    published_at: Mapped[datetime]


class Response(Base):
    """What one patient answers to one questionnaire version; begun on one channel, finished on any."""

    __tablename__ = "response"
    __table_args__ = (Index("ix_response_patient", "patient_id", "created_at"), one_of("status", ResponseStatus))

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaire.id"))
    appointment_id: Mapped[int | None]
    status: Mapped[str] = mapped_column(default=ResponseStatus.IN_PROGRESS)
    locale: Mapped[str]
    state_sealed: Mapped[bytes | None] = sealed_column()  # the engine's state
    version: Mapped[int] = mapped_column(default=0)  # grows with every change; optimistic lock
    receipt_code: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]

    state = SealedJson("state_sealed")


class Answer(Base):
    """One answer as given, raw words beside the value. Never overwritten: a newer one supersedes it."""

    __tablename__ = "answer"
    __table_args__ = (Index("ix_answer_response", "response_id", "path", "answered_at"), one_of("state", AnswerState))

    response_id: Mapped[int] = mapped_column(ForeignKey("response.id"))
    path: Mapped[str]  # instance path, e.g. meds.0/name
    value_sealed: Mapped[bytes | None] = sealed_column()
    raw_sealed: Mapped[bytes | None] = sealed_column()
    channel: Mapped[str]
    answered_at: Mapped[datetime]  # corrected for the phone's clock
    device_at: Mapped[datetime | None]  # as the phone said
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=AnswerState.CURRENT)
    reason: Mapped[str | None]
    packet_id: Mapped[int | None]
    message_id: Mapped[int | None]

    value = SealedJson("value_sealed")
    raw = Sealed("raw_sealed")


class Packet(Base):
    """What a phone sent after being offline; the phone's id makes the same packet harmless the second time."""

    __tablename__ = "packet"
    __table_args__ = (UniqueConstraint("response_id", "client_id", "sequence"),)

    response_id: Mapped[int] = mapped_column(ForeignKey("response.id"))
    client_id: Mapped[str]
    sequence: Mapped[int]
    content_hash: Mapped[str]
    body_sealed: Mapped[bytes] = sealed_column(nullable=False)
    receipt: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]

    body = SealedJson("body_sealed")


class Attachment(Base):
    """A photo or voice note given as an answer, received in chunks."""

    __tablename__ = "attachment"
    __table_args__ = (UniqueConstraint("response_id", "client_id"),)

    response_id: Mapped[int] = mapped_column(ForeignKey("response.id"))
    client_id: Mapped[str]
    path: Mapped[str]
    content_type: Mapped[str]
    size_bytes: Mapped[int]
    received_bytes: Mapped[int] = mapped_column(default=0)
    content_hash: Mapped[str | None]  # SHA-256 in hex, as the phone named it
    content_sealed: Mapped[bytes | None] = sealed_column()
    created_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]

    content = SealedBytes("content_sealed")


class AttachmentPart(Base):
    """One stretch of an attachment that is not whole yet. Gone once it is."""

    __tablename__ = "attachment_part"
    __table_args__ = (UniqueConstraint("attachment_id", "start"),)

    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"))
    start: Mapped[int]
    content_sealed: Mapped[bytes] = sealed_column(nullable=False)

    content = SealedBytes("content_sealed")

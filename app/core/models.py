"""Tables every capability shares: clinics, domain events, periodic runs, audit events and their chain."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Clinic(Base):
    """A tenant. Every row that belongs to people carries its clinic."""

    __tablename__ = "clinic"

    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    zone: Mapped[str]  # IANA zone, used when neither patient nor site says
    province: Mapped[str | None]  # two letters; holidays and health-number rules
    locale: Mapped[str]  # BCP-47
    phone: Mapped[str | None]  # the clinic's own number, E.164, shown to patients
    sender: Mapped[str | None]  # the number texts and calls come from, E.164
    quiet_from: Mapped[str] = mapped_column(default="21:00")  # local time, HH:MM
    quiet_until: Mapped[str] = mapped_column(default="08:00")
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    record_system: Mapped[str | None]  # identifier system of the clinic's own chart numbers
    record_id: Mapped[str | None]  # Organization id in the record


class Event(Base):
    """A fact (past participle) written in the same commit as what caused it; handled later by what sits above."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_waiting", "handled_at", "id"),)

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    kind: Mapped[str]
    subject_id: Mapped[int]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)  # ids and codes only, never words of patients
    created_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    unique_key: Mapped[str | None] = mapped_column(unique=True)


class PeriodicRun(Base):
    """Whoever inserts the (name, slot) row runs that period's work; safe with any number of processes."""

    __tablename__ = "periodic_run"
    __table_args__ = (UniqueConstraint("name", "slot"),)

    name: Mapped[str]
    slot: Mapped[datetime]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class AuditEvent(Base):
    """Who did what to whose data, when. Append-only: the database itself refuses change and removal."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_patient", "patient_id", "at"),
        Index("ix_audit_event_actor", "actor_id", "at"),
    )

    clinic_id: Mapped[int | None]
    at: Mapped[datetime]
    actor_kind: Mapped[str]  # staff, patient, system, carrier, operator
    actor_id: Mapped[int | None]
    action: Mapped[str]  # viewed, searched, changed, sent, exported, signed_in, refused ...
    object_kind: Mapped[str]
    object_id: Mapped[int | None]
    patient_id: Mapped[int | None]
    reason: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)  # ids and codes only
    request_id: Mapped[str | None]


class AuditLink(Base):
    """The hash chain over audit events, extended by the sealing step so that no writer waits for another."""

    __tablename__ = "audit_link"

    position: Mapped[int] = mapped_column(unique=True)
    event_id: Mapped[int] = mapped_column(unique=True)
    sealed_at: Mapped[datetime]
    hash: Mapped[str]

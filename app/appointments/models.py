"""Tables: sites, practitioners and appointments. The record owns them; the patient's reply is ours."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.appointments.rules import AppointmentStatus, PatientReply
from app.core.database import Base, one_of


class Site(Base):
    """A place the clinic sees patients in."""

    __tablename__ = "site"
    __table_args__ = (UniqueConstraint("clinic_id", "record_id"),)

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    record_id: Mapped[str | None]
    name: Mapped[str]
    zone: Mapped[str | None]
    province: Mapped[str | None]


class Practitioner(Base):
    """Whom patients come to see. Only the name: staff accounts are elsewhere."""

    __tablename__ = "practitioner"
    __table_args__ = (UniqueConstraint("clinic_id", "record_id"),)

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    record_id: Mapped[str]
    name: Mapped[str]


class Appointment(Base):
    __tablename__ = "appointment"
    __table_args__ = (
        UniqueConstraint("clinic_id", "record_id"),
        Index("ix_appointment_patient", "patient_id", "start_at"),
        Index("ix_appointment_start", "clinic_id", "start_at"),
        one_of("status", AppointmentStatus),
        one_of("reply", PatientReply),
    )

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    record_id: Mapped[str | None]
    record_version: Mapped[str | None]
    record_updated_at: Mapped[datetime | None]  # by the record's clock
    record_hash: Mapped[str | None]
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    status: Mapped[str]
    start_at: Mapped[datetime]
    minutes: Mapped[int | None]
    practitioner: Mapped[str | None]  # as staff say it; never in a text unless the clinic chose so
    practitioner_record_id: Mapped[str | None]
    service: Mapped[str | None]
    booked_at: Mapped[datetime | None]
    reply: Mapped[str | None]
    replied_at: Mapped[datetime | None]
    reply_start_at: Mapped[datetime | None]  # the start the patient was asked about
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

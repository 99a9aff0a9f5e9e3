"""Tables: record endpoints, cursors, the link table, filings and import runs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, one_of
from app.core.sealed import SealedJson, sealed_column
from app.records.rules import FilingKind, FilingState


class RecordEndpoint(Base):
    """One clinical record Farline pulls from and files to."""

    __tablename__ = "record_endpoint"
    __table_args__ = (UniqueConstraint("clinic_id", "name"),)

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    name: Mapped[str]
    kind: Mapped[str]  # fhir, oscar, csv
    base_url: Mapped[str]
    is_on: Mapped[bool] = mapped_column(default=True)
    is_dry_run: Mapped[bool] = mapped_column(default=False)
    capabilities: Mapped[dict[str, Any]] = mapped_column(default=dict)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    probed_at: Mapped[datetime | None]
    last_pull_at: Mapped[datetime | None]
    last_contact_at: Mapped[datetime | None]
    last_error: Mapped[str | None]  # a code
    failures: Mapped[int] = mapped_column(default=0)  # in a row: the breaker
    paused_until: Mapped[datetime | None]  # machine time; nobody knocks before


class RecordCursor(Base):
    __tablename__ = "record_cursor"
    __table_args__ = (UniqueConstraint("endpoint_id", "resource_type"),)

    endpoint_id: Mapped[int] = mapped_column(ForeignKey("record_endpoint.id"))
    resource_type: Mapped[str]
    mark: Mapped[str]  # the server's own clock
    recent: Mapped[dict[str, Any]] = mapped_column(default=dict)  # id -> [version, moment] read within the overlap


class RecordLink(Base):
    """Which row of ours is which resource of the record, and what we last saw of it."""

    __tablename__ = "record_link"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "local_kind", "local_id", "resource_type"),
        UniqueConstraint("endpoint_id", "resource_type", "remote_id"),
    )

    endpoint_id: Mapped[int] = mapped_column(ForeignKey("record_endpoint.id"))
    local_kind: Mapped[str]
    local_id: Mapped[int]
    resource_type: Mapped[str]
    remote_id: Mapped[str]
    etag: Mapped[str | None]
    content_hash: Mapped[str | None]
    at: Mapped[datetime]


class Filing(Base):
    """One thing to write to the record, saved in the commit that caused it; its key makes writing it twice harmless."""

    __tablename__ = "filing"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_filing_due", "state", "next_at"),
        one_of("state", FilingState),
        one_of("kind", FilingKind),
    )

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    endpoint_id: Mapped[int | None] = mapped_column(ForeignKey("record_endpoint.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    kind: Mapped[str]
    local_id: Mapped[int]  # response or appointment
    revision: Mapped[int] = mapped_column(default=1)
    key: Mapped[str]
    payload_sealed: Mapped[bytes | None] = sealed_column()  # what was sent, as sent
    state: Mapped[str] = mapped_column(default=FilingState.PENDING)
    reason: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    lease_token: Mapped[int | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    filed_at: Mapped[datetime | None]

    payload = SealedJson("payload_sealed")


class ImportRun(Base):
    """One import and its report, every row accounted for."""

    __tablename__ = "import_run"

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    source: Mapped[str]
    content_hash: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    report_sealed: Mapped[bytes | None] = sealed_column()

    report = SealedJson("report_sealed")

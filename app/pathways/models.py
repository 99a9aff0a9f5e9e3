"""Tables: pathways (versions), enrolments, due steps, the rungs climbed, and notices."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, one_of
from app.core.sealed import SealedJson, sealed_column
from app.pathways.rules import DueState, EnrolmentState


class Pathway(Base):
    """One version of a pathway: a list of steps anchored to an event. Published versions are immutable."""

    __tablename__ = "pathway"
    __table_args__ = (UniqueConstraint("clinic_id", "name", "version"),)

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    name: Mapped[str]
    version: Mapped[int]
    anchor: Mapped[str]  # appointment_start, enrolled, response_completed ...
    definition: Mapped[dict[str, Any]]
    is_current: Mapped[bool] = mapped_column(default=True)
    published_at: Mapped[datetime]


class Enrolment(Base):
    """One patient on one pathway because of one thing (an appointment, a response, an act of staff)."""

    __tablename__ = "enrolment"
    __table_args__ = (
        UniqueConstraint("pathway_id", "patient_id", "anchor_kind", "anchor_id"),
        Index("ix_enrolment_anchor", "anchor_kind", "anchor_id"),
        one_of("state", EnrolmentState),
    )

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    pathway_id: Mapped[int] = mapped_column(ForeignKey("pathway.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    anchor_kind: Mapped[str]
    anchor_id: Mapped[int]
    anchor_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=EnrolmentState.ACTIVE)
    reason: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class DueStep(Base):
    """One thing to do at one time for one enrolment; its unique key makes planning it twice harmless."""

    __tablename__ = "due_step"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "step", "occurrence"),
        Index("ix_due_step_due", "due_at", postgresql_where=text("state in ('waiting','on_ladder')"),
              sqlite_where=text("state in ('waiting','on_ladder')")),
        Index("ix_due_step_patient", "patient_id"),
        one_of("state", DueState),
    )  # fmt: skip

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    step: Mapped[str]  # key of the step in the definition
    occurrence: Mapped[str]  # anchor's moment or the recurrence's number: rescheduling makes a new one
    due_at: Mapped[datetime]  # next moment something is to be done
    planned_at: Mapped[datetime]  # as first planned
    not_after: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=DueState.WAITING)
    rung: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None]
    conversation_id: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Rung(Base):
    """One rung of the ladder as it was climbed, with its reason."""

    __tablename__ = "rung"
    __table_args__ = (UniqueConstraint("due_step_id", "number"),)

    due_step_id: Mapped[int] = mapped_column(ForeignKey("due_step.id"))
    number: Mapped[int]
    action: Mapped[str]  # sms, voice, ticket
    reason: Mapped[str]  # first, no_answer, undelivered, no_contact ...
    message_id: Mapped[int | None]
    ticket_id: Mapped[int | None]
    at: Mapped[datetime]


class Notice(Base):
    """One text to everybody who has a visit in some days: the clinic is closed, the road is. Its messages name it."""

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_clinic", "clinic_id", "created_at"),)

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    staff_id: Mapped[int]  # who sent it
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))  # None: visits anywhere
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]  # the visits meant begin before this; nothing leaves after it
    words_sealed: Mapped[bytes] = sealed_column(nullable=False)  # by locale, as written
    texts: Mapped[int]
    untold: Mapped[int]  # patients who could not be texted: a ticket each
    created_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    stopped_by: Mapped[int | None]  # staff

    words = SealedJson("words_sealed")

"""Tables of the simulated phones: what each received, its calls, how it behaves. Sealed like everything else."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base
from app.core.sealed import SealedJson, sealed_column


class PhoneText(Base):
    """A text on a simulated phone, received or written there (`written`; `waiting` while it has no coverage)."""

    __tablename__ = "simulated_text"
    __table_args__ = (
        Index("ix_simulated_text_phone", "number_index", "sent_at"),
        Index("ix_simulated_text_news", "status"),
    )

    carrier_id: Mapped[str] = mapped_column(unique=True)
    attempt_token: Mapped[str]
    number_index: Mapped[str]
    sender: Mapped[str]
    is_written: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str]
    sent_at: Mapped[datetime]
    content_sealed: Mapped[bytes] = sealed_column(nullable=False)  # number and text

    content = SealedJson("content_sealed")


class PhoneCall(Base):
    """A call of a simulated phone: placed to it, or dialled on it. `screen` is what its speaker says now."""

    __tablename__ = "simulated_call"
    __table_args__ = (Index("ix_simulated_call_phone", "number_index", "placed_at"),)

    carrier_id: Mapped[str] = mapped_column(unique=True)
    call_token: Mapped[str]
    number_index: Mapped[str]
    sender: Mapped[str]
    placed_at: Mapped[datetime]
    ring_s: Mapped[int]
    outcome: Mapped[str]
    reported: Mapped[str | None]
    number_sealed: Mapped[bytes] = sealed_column(nullable=False)
    screen_sealed: Mapped[bytes | None] = sealed_column()

    number = SealedJson("number_sealed")
    screen = SealedJson("screen_sealed")


class Phone(Base):
    """A simulated phone that does not behave like the ordinary one."""

    __tablename__ = "simulated_phone"

    number_index: Mapped[str] = mapped_column(unique=True)
    behaviour: Mapped[str]

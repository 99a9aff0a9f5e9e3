"""Tables: staff accounts, roles, one-time invitations, passkeys and sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, one_of
from app.core.passkeys import ChallengeRow, PasskeyRow
from app.staff.rules import Role


class StaffAccount(Base):
    __tablename__ = "staff_account"
    __table_args__ = (UniqueConstraint("clinic_id", "login"),)

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    login: Mapped[str]  # short name staff know each other by
    name: Mapped[str]
    locale: Mapped[str]
    languages: Mapped[dict[str, Any]] = mapped_column(default=dict)  # tag -> read | converse
    skills: Mapped[list[Any]] = mapped_column(default=list)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class StaffRole(Base):
    __tablename__ = "staff_role"
    __table_args__ = (UniqueConstraint("staff_id", "role"), one_of("role", Role))

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_account.id"))
    role: Mapped[str]
    granted_at: Mapped[datetime]


class Invitation(Base):
    """A one-time sign-in link; only its hash is kept."""

    __tablename__ = "invitation"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_account.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Passkey(PasskeyRow, Base):
    __tablename__ = "passkey"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_account.id"))
    label: Mapped[str]


class PasskeyChallenge(ChallengeRow, Base):
    """Asked of staff: enrol, sign_in. `staff_id` None: of whoever signs."""

    __tablename__ = "passkey_challenge"

    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_account.id"))


class Recovery(Base):
    """A colleague who lost every passkey: asked for by one administrator, allowed by another."""

    __tablename__ = "recovery"

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_account.id"))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("staff_account.id"))
    asked_at: Mapped[datetime]
    allowed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_account.id"))
    allowed_at: Mapped[datetime | None]


class RecoveryCode(Base):
    __tablename__ = "recovery_code"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_account.id"))
    code_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class StaffSession(Base):
    """A signed-in browser; the cookie's hash. Idle and absolute limits are checked on each request."""

    __tablename__ = "staff_session"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_account.id"))
    cookie_hash: Mapped[str] = mapped_column(unique=True)
    csrf: Mapped[str]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    reauthenticated_at: Mapped[datetime | None]
    browser: Mapped[str | None]

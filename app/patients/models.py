"""Tables: patients, their identifiers, contact points, consent, opt-outs and links."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Base, one_of
from app.core.passkeys import ChallengeRow, PasskeyRow
from app.core.sealed import Sealed, sealed_column
from app.patients.rules import ConsentStatus, ContactState, PatientStatus, Verdict


class Patient(Base):
    """A person the clinic cares for. The record owns demographics; this is our copy."""

    __tablename__ = "patient"
    __table_args__ = (UniqueConstraint("clinic_id", "record_id"), one_of("status", PatientStatus))

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    record_id: Mapped[str | None]  # id of the Patient in the record
    record_version: Mapped[str | None]
    record_updated_at: Mapped[datetime | None]  # by the record's clock: an older version never replaces a newer one
    record_hash: Mapped[str | None]  # blind index of what the record said, so that the same again is known unopened
    status: Mapped[str] = mapped_column(default=PatientStatus.ACTIVE)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))
    locale: Mapped[str]  # BCP-47 as the record says it, e.g. fr-CA, iu, crk
    zone: Mapped[str | None]  # IANA; None: the site's, then the clinic's
    family_sealed: Mapped[bytes | None] = sealed_column()
    given_sealed: Mapped[bytes | None] = sealed_column()
    birth_date_sealed: Mapped[bytes | None] = sealed_column()  # ISO date
    pin_hash: Mapped[str | None]
    family_index: Mapped[str | None] = mapped_column(index=True)  # blind index of the folded family name
    birth_date_index: Mapped[str | None] = mapped_column(index=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    family = Sealed("family_sealed")
    given = Sealed("given_sealed")
    birth_date = Sealed("birth_date_sealed")

    contact_points: Mapped[list[ContactPoint]] = relationship(back_populates="patient", order_by="ContactPoint.rank")
    identifiers: Mapped[list[PatientIdentifier]] = relationship(back_populates="patient")


class PatientIdentifier(Base):
    """A chart number or health number. `index` finds it without opening it."""

    __tablename__ = "patient_identifier"
    __table_args__ = (UniqueConstraint("patient_id", "system", "index"), Index("ix_patient_identifier_index", "index"))

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    system: Mapped[str]
    kind: Mapped[str]  # MR (chart number), JHN (health number)
    value_sealed: Mapped[bytes] = sealed_column(nullable=False)
    index: Mapped[str]
    problem: Mapped[str | None]  # e.g. check_digit

    value = Sealed("value_sealed")
    patient: Mapped[Patient] = relationship(back_populates="identifiers")


class ContactPoint(Base):
    """One way to reach a patient. Several patients may share one address: that is normal, not an error."""

    __tablename__ = "contact_point"
    __table_args__ = (
        UniqueConstraint("patient_id", "system", "address_index"),
        Index("ix_contact_point_address", "clinic_id", "address_index"),
        one_of("state", ContactState),
    )

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    system: Mapped[str]  # phone, email
    use: Mapped[str | None]  # mobile, home, work
    rank: Mapped[int] = mapped_column(default=1)
    address_sealed: Mapped[bytes] = sealed_column(nullable=False)  # E.164 when usable, else as written
    address_index: Mapped[str]
    state: Mapped[str] = mapped_column(default=ContactState.USABLE)
    reason: Mapped[str | None]  # why it is not usable, a code
    is_landline: Mapped[bool] = mapped_column(default=False)
    is_current: Mapped[bool] = mapped_column(default=True)  # False: the record no longer lists it
    safe_for_voicemail: Mapped[bool] = mapped_column(default=False)
    label: Mapped[str | None]  # neutral label for a shared phone, set by staff
    verified_at: Mapped[datetime | None]
    last_delivered_at: Mapped[datetime | None]
    last_failed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    address = Sealed("address_sealed")
    patient: Mapped[Patient] = relationship(back_populates="contact_points")


class Consent(Base):
    """One act of giving or withdrawing consent. The newest row for (patient, channel, purpose) is in force."""

    __tablename__ = "consent"
    __table_args__ = (
        Index("ix_consent_patient", "patient_id", "channel", "purpose", "at"),
        one_of("status", ConsentStatus),
    )

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    channel: Mapped[str]  # sms, voice, web, email, record (sharing with the record), any
    purpose: Mapped[str]  # care (all of it), reminders, forms, any
    status: Mapped[str]
    wording: Mapped[str]  # version of the wording shown, or how it was said
    locale: Mapped[str]
    source: Mapped[str]  # record, patient_sms, patient_web, staff
    at: Mapped[datetime]
    staff_id: Mapped[int | None]


class OptOut(Base):
    """STOP sent from an address. Bound to the address, not to a patient; lifted only by START from the same address."""

    __tablename__ = "opt_out"
    __table_args__ = (Index("ix_opt_out_address", "clinic_id", "address_index", "lifted_at"),)

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    address_index: Mapped[str]
    channel: Mapped[str]  # sms, voice
    word: Mapped[str]  # the consent word's family, e.g. stop, cancel (carrier's word)
    source: Mapped[str]  # patient, carrier, staff
    at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]


class Link(Base):
    """A link to a page of one patient. Only the hash of its token is kept; opening does not use it up."""

    __tablename__ = "link"

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    code_hash: Mapped[str | None] = mapped_column(unique=True)  # the short code that can be typed instead
    purpose: Mapped[str]  # response, home
    response_id: Mapped[int | None]
    locale: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    failed_checks: Mapped[int] = mapped_column(default=0)
    last_opened_at: Mapped[datetime | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


class ChartJudgement(Base):
    """What a person decided about two charts that look like one person: one (merged) or two. `moved` lists, per table,
    the rows that followed the patient, so that the merge can be taken apart again."""

    __tablename__ = "chart_judgement"
    __table_args__ = (Index("ix_chart_judgement_patient", "clinic_id", "patient_id"), one_of("verdict", Verdict))

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    into_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    verdict: Mapped[str]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_account.id"))
    at: Mapped[datetime]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_account.id"))
    undone_at: Mapped[datetime | None]
    moved: Mapped[dict[str, Any]] = mapped_column(default=dict)  # table -> ids


class LinkSession(Base):
    """A browser that proved who it is for one link; its cookie's hash."""

    __tablename__ = "link_session"

    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"))
    cookie_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class PatientPasskey(PasskeyRow, Base):
    """A phone whose own lock opens one patient's pages. It never opens another's."""

    __tablename__ = "patient_passkey"

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)


class PushSubscription(Base):
    """A patient's phone that is to be told, without a word, that something waits. One phone is one patient's. The row
    is its own outbox: `due_at` is when to tell it, None when nothing is to be told."""

    __tablename__ = "push_subscription"
    __table_args__ = (Index("ix_push_subscription_due", "due_at"),)

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"))  # where the phone goes when it is tapped
    endpoint_sealed: Mapped[bytes] = sealed_column(nullable=False)
    endpoint_index: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    wanted_at: Mapped[datetime | None]  # since when the newest thing waits
    due_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]  # machine time
    attempts: Mapped[int] = mapped_column(default=0)
    told_at: Mapped[datetime | None]

    endpoint = Sealed("endpoint_sealed")


class LinkChallenge(ChallengeRow, Base):
    """Asked of whoever is at a link: to enrol (of the browser with this cookie) or to open."""

    __tablename__ = "link_challenge"

    link_id: Mapped[int] = mapped_column(ForeignKey("link.id"))
    cookie_hash: Mapped[str | None]


class TryCount(Base):
    """How often something was tried from one place within one hour. The index is keyed and differs from hour to hour,
    so that it tells neither where from nor that it was the same place as before."""

    __tablename__ = "try_count"

    index: Mapped[str] = mapped_column(unique=True)
    count: Mapped[int]
    forget_at: Mapped[datetime] = mapped_column(index=True)

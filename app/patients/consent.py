"""The consent gate: may this patient be reached at this address now? And the acts that open and close it.

Consent belongs to the patient, per channel and purpose; STOP belongs to the address it came from, whoever shares it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.patients.models import Consent, ContactPoint, OptOut, Patient
from app.patients.rules import ANY, ConsentStatus, ContactState, PatientStatus, is_consent_in_force, may_be_contacted
from app.patients.store import closed_addresses


def may_reach(
    session: Session, patient_id: int | None, address_index: str, clinic_id: int, channel: str, purpose: str
) -> str | None:
    """None when the message may go, else the reason as a code.

    Codes: patient_inactive, patient_deceased, patient_merged, patient_unknown, opted_out, no_consent,
    contact_removed (the record lists the number no more), contact_suspended, contact_unusable.
    Without a patient (somebody unknown wrote to us) the address alone decides.
    """
    if closed_addresses(session, clinic_id, [address_index], channel):
        return "opted_out"
    if patient_id is None:
        return None
    patient = session.get(Patient, patient_id)
    if patient is None or patient.clinic_id != clinic_id:
        return "patient_unknown"
    if not may_be_contacted(PatientStatus(patient.status)):
        return f"patient_{patient.status}"
    return _closed_contact(session, patient_id, address_index) or _missing_consent(
        session, patient_id, channel, purpose
    )


def record_opt_out(
    session: Session,
    clinic_id: int,
    address_index: str,
    *,
    channel: str,
    word: str,
    source: str,
    now: datetime,
) -> OptOut:
    """STOP from this address: from now on nothing goes there. Again changes nothing and gives the first row."""
    standing = _standing_opt_out(session, clinic_id, address_index, channel)
    if standing:
        return standing
    row = OptOut(clinic_id=clinic_id, address_index=address_index, channel=channel, word=word, source=source, at=now)
    session.add(row)
    session.flush()
    return row


def lift_opt_out(session: Session, clinic_id: int, address_index: str, *, channel: str, now: datetime) -> bool:
    """START from the same address; whether there was anything to lift."""
    standing = _standing_opt_out(session, clinic_id, address_index, channel)
    if standing is None:
        return False
    standing.lifted_at = now
    session.flush()
    return True


def record_consent(  # noqa: PLR0913 - each column of the act is named by the caller
    session: Session,
    patient: Patient,
    *,
    status: ConsentStatus,
    wording: str,
    source: str,
    now: datetime,
    channel: str = ANY,
    purpose: str = "care",
    locale: str | None = None,
    staff_id: int | None = None,
) -> Consent:
    """One act of giving or withdrawing; the newest that covers a channel and purpose is in force."""
    row = Consent(
        clinic_id=patient.clinic_id, patient_id=patient.id, channel=channel, purpose=purpose, status=status,
        wording=wording, locale=locale or patient.locale, source=source, at=now, staff_id=staff_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def _standing_opt_out(session: Session, clinic_id: int, address_index: str, channel: str) -> OptOut | None:
    return session.scalars(
        select(OptOut).where(
            OptOut.clinic_id == clinic_id,
            OptOut.address_index == address_index,
            OptOut.channel == channel,
            OptOut.lifted_at.is_(None),
        )
    ).first()


def _closed_contact(session: Session, patient_id: int, address_index: str) -> str | None:
    point = session.scalars(
        select(ContactPoint).where(ContactPoint.patient_id == patient_id, ContactPoint.address_index == address_index)
    ).first()
    if point is None or not point.is_current:
        return "contact_removed"
    return f"contact_{point.state}" if point.state != ContactState.USABLE else None


def _missing_consent(session: Session, patient_id: int, channel: str, purpose: str) -> str | None:
    rows = session.execute(
        select(Consent.channel, Consent.purpose, Consent.status)
        .where(Consent.patient_id == patient_id)
        .order_by(Consent.at.desc(), Consent.id.desc())
    )
    acts = [(of_channel, of_purpose, ConsentStatus(status)) for of_channel, of_purpose, status in rows]
    return None if is_consent_in_force(acts, channel, purpose) else "no_consent"

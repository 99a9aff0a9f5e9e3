"""The consent gate: may this patient be reached at this address now? And the acts that open and close it.

Consent belongs to the patient, per channel and purpose; STOP belongs to the address it came from, whoever shares it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.patients.models import Consent, ContactPoint, OptOut, Patient
from app.patients.rules import (
    ANY,
    ConsentPurpose,
    ConsentStatus,
    ContactState,
    PatientStatus,
    is_consent_in_force,
    may_be_contacted,
)
from app.patients.store import SMS, best_first, closed_addresses, usable_numbers

RECORD = "record"  # the channel by which consent to share with the clinical record is kept
NO_CONSENT = "no_consent"  # to this way; there may be another


@dataclass(frozen=True)
class Reach:
    """One address on one channel, whose it is (`patient_id` None: nobody knows), and what it is to be reached for.
    `is_unasked`: a ladder reaches out by itself; neither the patient nor staff asked for it."""

    clinic_id: int
    channel: str
    address_index: str
    patient_id: int | None
    purpose: str = ConsentPurpose.CARE
    is_unasked: bool = False

    @property
    def closed_by(self) -> frozenset[str]:
        """The channels whose STOP closes it. Who told our texts to stop is not called by a machine either."""
        return frozenset({self.channel, SMS} if self.is_unasked else {self.channel})


def may_reach(
    session: Session, patient_id: int | None, address_index: str, clinic_id: int, channel: str, purpose: str
) -> str | None:
    """None when the message may go, else the reason as a code.

    Codes: patient_inactive, patient_deceased, patient_merged, patient_unknown, opted_out, no_consent,
    contact_removed (the record lists the number no more), contact_suspended, contact_unusable.
    Without a patient (somebody unknown wrote to us) the address alone decides.
    """
    reach = Reach(clinic_id, channel, address_index, patient_id, purpose)
    return may_reach_many(session, [reach])[reach]


def may_reach_many(session: Session, reaches: Collection[Reach]) -> dict[Reach, str | None]:
    """As `may_reach`, in four questions to the database however many there are."""
    ids = {reach.patient_id for reach in reaches if reach.patient_id is not None}
    closed = _closed_lines(session, reaches)
    patients = _standings(session, ids) if ids else {}
    points, acts = (_contact_points(session, ids), _consent_acts(session, ids)) if ids else ({}, {})

    def refusal(reach: Reach) -> str | None:
        if any((reach.clinic_id, channel, reach.address_index) in closed for channel in reach.closed_by):
            return "opted_out"
        if reach.patient_id is None:
            return None
        clinic_id, status = patients.get(reach.patient_id, (None, None))
        if status is None or clinic_id != reach.clinic_id:
            return "patient_unknown"
        if not may_be_contacted(status):
            return f"patient_{status}"
        if problem := _closed_contact(points.get((reach.patient_id, reach.address_index))):
            return problem
        agreed = is_consent_in_force(acts.get(reach.patient_id, ()), reach.channel, reach.purpose)
        return None if agreed else NO_CONSENT

    return {reach: refusal(reach) for reach in reaches}


def best_contacts(
    session: Session, clinic_id: int, patient_ids: Collection[int], channel: str, purpose: str
) -> dict[int, ContactPoint]:
    """For each of the patients who may be reached on `channel` for `purpose`: at which number, the one that
    is tried first. In few questions to the database however many there are."""
    points = usable_numbers(session, patient_ids, channel)
    reaches = {point.id: Reach(clinic_id, channel, point.address_index, point.patient_id, purpose) for point in points}
    refusals = may_reach_many(session, set(reaches.values()))
    best: dict[int, ContactPoint] = {}
    for point in best_first(session, clinic_id, points, channel):
        if refusals[reaches[point.id]] is None:
            best.setdefault(point.patient_id, point)
    return best


def is_agreed(session: Session, patient_id: int, channel: str, purpose: str) -> bool:
    """Whether the patient's newest act on `channel` and `purpose` gives consent, whatever address is meant."""
    return is_consent_in_force(_consent_acts(session, [patient_id]).get(patient_id, ()), channel, purpose)


def may_share(session: Session, patient_id: int) -> bool:
    """Whether what the patient says may go to the clinical record: always, until they withdraw that, or everything."""
    acts = _consent_acts(session, [patient_id]).get(patient_id, ())
    about = [status for channel, purpose, status in acts if channel == RECORD or (channel, purpose) == (ANY, ANY)]
    return not about or about[0] is ConsentStatus.GIVEN


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
    standing = session.scalars(_standing(clinic_id, address_index, channel)).first()
    if standing:
        return standing
    row = OptOut(clinic_id=clinic_id, address_index=address_index, channel=channel, word=word, source=source, at=now)
    session.add(row)
    session.flush()
    return row


def lift_opt_out(session: Session, clinic_id: int, address_index: str, *, channel: str, now: datetime) -> bool:
    """START from the same address; whether there was anything to lift."""
    standing = session.scalars(_standing(clinic_id, address_index, channel)).all()
    for opt_out in standing:
        opt_out.lifted_at = now
    session.flush()
    return bool(standing)


def record_consent(  # noqa: PLR0913 - each column of the act is named by the caller
    session: Session,
    patient: Patient,
    *,
    status: ConsentStatus,
    wording: str,
    source: str,
    now: datetime,
    channel: str = ANY,
    purpose: str = ConsentPurpose.CARE,
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


def _standing(clinic_id: int, address_index: str, channel: str) -> Select[OptOut]:
    return select(OptOut).where(
        OptOut.clinic_id == clinic_id,
        OptOut.address_index == address_index,
        OptOut.channel == channel,
        OptOut.lifted_at.is_(None),
    )


def _closed_lines(session: Session, reaches: Collection[Reach]) -> set[tuple[int, str, str]]:
    """(clinic, channel, address) of every address among these whose owner said STOP."""
    lines: dict[tuple[int, str], set[str]] = {}
    for reach in reaches:
        for channel in reach.closed_by:
            lines.setdefault((reach.clinic_id, channel), set()).add(reach.address_index)
    return {
        (clinic_id, channel, index)
        for (clinic_id, channel), indexes in lines.items()
        for index in closed_addresses(session, clinic_id, indexes, channel)
    }


def _standings(session: Session, ids: Collection[int]) -> dict[int, tuple[int, PatientStatus]]:
    """Each patient's clinic and status."""
    wanted = select(Patient.id, Patient.clinic_id, Patient.status).where(Patient.id.in_(ids))
    return {patient_id: (clinic_id, PatientStatus(status)) for patient_id, clinic_id, status in session.execute(wanted)}


def _contact_points(session: Session, ids: Collection[int]) -> dict[tuple[int, str], tuple[bool, str]]:
    """(patient, address) -> (still in the record, state)."""
    wanted = select(
        ContactPoint.patient_id, ContactPoint.address_index, ContactPoint.is_current, ContactPoint.state
    ).where(ContactPoint.patient_id.in_(ids))
    return {(patient_id, index): (current, state) for patient_id, index, current, state in session.execute(wanted)}


def _consent_acts(session: Session, ids: Collection[int]) -> dict[int, list[tuple[str, str, ConsentStatus]]]:
    """Each patient's acts, newest first."""
    wanted = (
        select(Consent.patient_id, Consent.channel, Consent.purpose, Consent.status)
        .where(Consent.patient_id.in_(ids))
        .order_by(Consent.at.desc(), Consent.id.desc())
    )
    acts: dict[int, list[tuple[str, str, ConsentStatus]]] = {}
    for patient_id, channel, purpose, status in session.execute(wanted):
        acts.setdefault(patient_id, []).append((channel, purpose, ConsentStatus(status)))
    return acts


def _closed_contact(point: tuple[bool, str] | None) -> str | None:
    if point is None or not point[0]:
        return "contact_removed"
    return None if point[1] == ContactState.USABLE else f"contact_{point[1]}"

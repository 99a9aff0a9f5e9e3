"""All SQL of patients, their contact points and identifiers."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from app.core.sealed import keyring
from app.patients.models import ContactPoint, OptOut, Patient, PatientIdentifier
from app.patients.rules import ContactState, PatientStatus
from channels.base import Channel

PHONE = "phone"
SMS = Channel.SMS.value
WRONG_NUMBER = "wrong_number"  # the reason of a suspension


def lock_patient(session: Session, patient_id: int) -> None:
    """Hold the patient until this transaction ends; first of all locks (patient, conversation, ticket)."""
    session.execute(select(Patient.id).where(Patient.id == patient_id).with_for_update(key_share=True))


def address_index(address: str) -> str:
    """The blind index under which an address (E.164, or as written when it is no number) is found."""
    return keyring().blind_index("address", address)


def birth_date_index(iso_date: str) -> str:
    return keyring().blind_index("birth_date", iso_date)


def family_index(family: str) -> str:
    """Found however it is typed: `Côté`, `cote`, `O'Neil`, `ONEIL`."""
    letters = unicodedata.normalize("NFKD", family).casefold()
    return keyring().blind_index("family", "".join(letter for letter in letters if letter.isalnum()))


def identifier_index(system: str, value: str) -> str:
    """Found with or without the spaces and hyphens printed on a card."""
    written = value.replace(" ", "").replace("-", "").upper()
    return keyring().blind_index("identifier", f"{system}|{written}")


def patients_at(session: Session, clinic_id: int, address: str) -> list[Patient]:
    """The clinic's active patients reached at `address` (E.164), in a stable order. Several on one phone is normal."""
    wanted = (
        select(Patient)
        .join(ContactPoint, ContactPoint.patient_id == Patient.id)
        .where(
            ContactPoint.clinic_id == clinic_id,
            ContactPoint.address_index == address_index(address),
            ContactPoint.is_current.is_(True),
            ContactPoint.state == ContactState.USABLE,
            Patient.status == PatientStatus.ACTIVE,
        )
        .order_by(Patient.id)
    )
    return list(session.scalars(wanted).unique())


def patient_ids_at(session: Session, clinic_id: int, index: str) -> list[int]:
    """The clinic's active patients who have this address, used now or suspended."""
    wanted = (
        select(ContactPoint.patient_id)
        .join(Patient, Patient.id == ContactPoint.patient_id)
        .where(
            ContactPoint.clinic_id == clinic_id,
            ContactPoint.address_index == index,
            ContactPoint.is_current.is_(True),
            Patient.status == PatientStatus.ACTIVE,
        )
    )
    return list(session.scalars(wanted))


def contact_for(session: Session, patient: Patient, channel: str) -> ContactPoint | None:
    """How to reach the patient on `channel` ("sms", "voice"). None when the channel has no number; texts never go to
    landlines."""
    points = usable_numbers(session, [patient.id], channel)
    return next(iter(best_first(session, patient.clinic_id, points, channel)), None)


def best_first(session: Session, clinic_id: int, points: Collection[ContactPoint], channel: str) -> list[ContactPoint]:
    """`points` as `channel` should try them: one without a standing opt-out before one with, also for a call one that
    said STOP to texts only; then one that works before one whose newest try failed; then as they come."""
    closed = closed_addresses(session, clinic_id, {point.address_index for point in points}, channel, SMS)
    return sorted(points, key=lambda point: (point.address_index in closed, has_failed_lately(point)))


def usable_numbers(session: Session, patient_ids: Collection[int], channel: str) -> list[ContactPoint]:
    """Every number of these patients that `channel` may go to, each one's best-ranked first."""
    wanted = select(ContactPoint).where(
        ContactPoint.patient_id.in_(patient_ids),
        ContactPoint.system == PHONE,
        ContactPoint.is_current.is_(True),
        ContactPoint.state == ContactState.USABLE,
    )
    if channel == SMS:
        wanted = wanted.where(ContactPoint.is_landline.is_(False))
    return list(session.scalars(wanted.order_by(ContactPoint.rank, ContactPoint.id)))


def has_failed_lately(point: ContactPoint) -> bool:
    """Whether the newest word on this number is that a text did not arrive."""
    failed, delivered = point.last_failed_at, point.last_delivered_at
    return failed is not None and (delivered is None or failed > delivered)


def contact_at(session: Session, patient: Patient, address: str) -> ContactPoint | None:
    """The patient's contact point at `address`, current or not."""
    return session.scalars(
        select(ContactPoint).where(
            ContactPoint.patient_id == patient.id, ContactPoint.address_index == address_index(address)
        )
    ).first()


def callable_numbers(session: Session, patient: Patient) -> list[ContactPoint]:
    """Every number the patient can be called at, the best-ranked first."""
    return usable_numbers(session, [patient.id], "voice")


def shares_phone(session: Session, patient: Patient) -> bool:
    """Whether a number of theirs is another patient's too: then somebody else may hold the phone."""
    numbers = callable_numbers(session, patient)
    return any(len(patients_at(session, patient.clinic_id, each.address)) > 1 for each in numbers)


def suspend_address(session: Session, clinic_id: int, index: str, reason: str) -> list[ContactPoint]:
    """Nobody is reached at this address any more until a person has looked ("wrong number", the carrier's refusal).

    Every patient of the clinic who shares the address is affected; returns their contact points.
    """
    same = session.scalars(
        select(ContactPoint).where(ContactPoint.clinic_id == clinic_id, ContactPoint.address_index == index)
    ).all()
    for each in same:
        each.state, each.reason = ContactState.SUSPENDED, reason
    return list(same)


def doubted_addresses(session: Session, clinic_id: int) -> set[str]:
    """Addresses of the clinic from where "wrong number" was said and at which staff have trusted nobody's row since."""
    trusted = aliased(ContactPoint)
    is_trusted = exists().where(
        trusted.clinic_id == clinic_id,
        trusted.address_index == ContactPoint.address_index,
        trusted.state == ContactState.USABLE,
    )
    wanted = select(ContactPoint.address_index).where(
        ContactPoint.clinic_id == clinic_id,
        ContactPoint.state == ContactState.SUSPENDED,
        ContactPoint.reason == WRONG_NUMBER,
        ~is_trusted,
    )
    return set(session.scalars(wanted))


def closed_addresses(session: Session, clinic_id: int, indexes: Collection[str], *channels: str) -> set[str]:
    """Those of the addresses whose owner said STOP on one of `channels` and never START since."""
    wanted = select(OptOut.address_index).where(
        OptOut.clinic_id == clinic_id,
        OptOut.address_index.in_(indexes),
        OptOut.channel.in_(channels),
        OptOut.lifted_at.is_(None),
    )
    return set(session.scalars(wanted))


def patient_with_record_id(session: Session, clinic_id: int, record_id: str) -> Patient | None:
    """The row that stands for this resource of the record, merged or not."""
    return session.scalars(
        select(Patient).where(Patient.clinic_id == clinic_id, Patient.record_id == record_id)
    ).first()


def patient_with_identifier(session: Session, clinic_id: int, value: str) -> Patient | None:
    """The one patient who has this chart or health number; None when nobody has, or more than one."""
    systems = set(
        session.scalars(select(PatientIdentifier.system).where(PatientIdentifier.clinic_id == clinic_id).distinct())
    )
    indexes = [identifier_index(system, value) for system in systems]
    found = session.scalars(
        select(Patient)
        .join(PatientIdentifier, PatientIdentifier.patient_id == Patient.id)
        .where(Patient.clinic_id == clinic_id, PatientIdentifier.index.in_(indexes))
    ).unique()
    patients = list(found)
    return patients[0] if len(patients) == 1 else None


def living_chart(session: Session, patient: Patient) -> Patient:
    """The patient, or the one whose chart replaced this one, however often charts were merged."""
    seen: set[int] = set()
    while patient.merged_into_id is not None and patient.id not in seen:
        seen.add(patient.id)
        patient = session.get_one(Patient, patient.merged_into_id)
    return patient

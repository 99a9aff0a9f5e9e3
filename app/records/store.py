"""All SQL of imports and filings."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from app.patients.models import ChartJudgement, ContactPoint, Patient, PatientIdentifier
from app.patients.rules import ContactState, PatientStatus, Verdict


def patients_with(session: Session, clinic_id: int, record_ids: Collection[str]) -> dict[str, Patient]:
    """Those of the clinic's patients, by the record's id, with their numbers at hand."""
    rows = session.scalars(
        select(Patient)
        .where(Patient.clinic_id == clinic_id, Patient.record_id.in_(record_ids))
        .options(selectinload(Patient.contact_points), selectinload(Patient.identifiers))
    )
    return {str(row.record_id): row for row in rows}


def merged_record_ids(session: Session, clinic_id: int) -> set[str]:
    """The record's ids of charts that stand as merged here."""
    wanted = select(Patient.record_id).where(Patient.clinic_id == clinic_id, Patient.status == PatientStatus.MERGED)
    return {str(record_id) for record_id in session.scalars(wanted)}


def merged_by_people(session: Session, clinic_id: int) -> set[int]:
    """Charts that people here judged to be somebody else's: the record alone does not part them again."""
    wanted = select(ChartJudgement.patient_id).where(
        ChartJudgement.clinic_id == clinic_id,
        ChartJudgement.verdict == Verdict.ONE,
        ChartJudgement.undone_at.is_(None),
    )
    return set(session.scalars(wanted))


def patient_ids(session: Session, clinic_id: int) -> dict[str, int]:
    """The clinic's patients by the record's id; of a merged chart, the patient whose chart replaced it."""
    rows = session.execute(
        select(Patient.record_id, Patient.id, Patient.merged_into_id).where(
            Patient.clinic_id == clinic_id, Patient.record_id.is_not(None)
        )
    ).all()
    successor = {own: into for _record, own, into in rows if into is not None}
    return {str(record): _end_of(own, successor) for record, own, _into in rows}


def _end_of(patient_id: int, successor: dict[int, int]) -> int:
    seen: set[int] = set()
    while patient_id in successor and patient_id not in seen:
        seen.add(patient_id)
        patient_id = successor[patient_id]
    return patient_id


def shared_addresses(session: Session, clinic_id: int) -> dict[str, list[int]]:
    """address index -> the active patients reached there, for phones of more than one patient."""
    rows = session.execute(
        select(ContactPoint.address_index, ContactPoint.patient_id)
        .join(Patient, Patient.id == ContactPoint.patient_id)
        .where(
            ContactPoint.clinic_id == clinic_id,
            ContactPoint.system == "phone",
            ContactPoint.is_current.is_(True),
            ContactPoint.state == ContactState.USABLE,
            Patient.status == PatientStatus.ACTIVE,
        )
        .order_by(ContactPoint.patient_id)
    )
    return _several([(index, patient_id) for index, patient_id in rows])


def shared_identifiers(session: Session, clinic_id: int) -> dict[str, list[int]]:
    """identifier index -> the charts that have it, for numbers in more than one chart not merged."""
    twice = (
        select(PatientIdentifier.index)
        .where(PatientIdentifier.clinic_id == clinic_id)
        .group_by(PatientIdentifier.index)
        .having(func.count() > 1)
    )
    rows = session.execute(
        select(PatientIdentifier.index, PatientIdentifier.patient_id)
        .join(Patient, Patient.id == PatientIdentifier.patient_id)
        .where(
            PatientIdentifier.clinic_id == clinic_id,
            PatientIdentifier.index.in_(twice),
            Patient.status != PatientStatus.MERGED,
        )
        .order_by(PatientIdentifier.patient_id)
    )
    return _several([(index, patient_id) for index, patient_id in rows])


def _several(rows: Collection[tuple[str, int]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for index, patient_id in rows:
        found.setdefault(index, []).append(patient_id)
    return {index: ids for index, ids in found.items() if len(ids) > 1}

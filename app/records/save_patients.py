"""Patients as the record has them, saved: what the record owns follows it, what people here decided stays."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.appointments.store import coming_appointments
from app.core.events import record_event
from app.core.models import Clinic
from app.core.sealed import keyring
from app.patients.consent import record_consent
from app.patients.models import ContactPoint, Patient, PatientIdentifier
from app.patients.rules import ConsentStatus, ContactState, PatientStatus
from app.patients.store import (
    WRONG_NUMBER,
    address_index,
    birth_date_index,
    doubted_addresses,
    family_index,
    identifier_index,
)
from app.records.fhir.mapping_patient import ReadPatient, ReadPhone
from app.records.import_report import Fate, ImportReport, Note
from app.records.store import patients_with

CONSENT_WORDING = "record-contact-1"  # the clinic's record lists the number for care; see docs/record.md
_EVENTS = {PatientStatus.DECEASED: "patient_died", PatientStatus.INACTIVE: "patient_inactive"}
_HAPPENED = {PatientStatus.DECEASED: "died", PatientStatus.INACTIVE: "inactive"}


@dataclass(frozen=True)
class Saving:
    """What every row of one import shares."""

    session: Session
    clinic: Clinic
    now: datetime
    report: ImportReport
    is_live: bool = False  # read from the record just now: what it says is how things are

    def is_older(self, read_at: datetime | None, known_at: datetime | None) -> bool:
        """Whether the record itself says that what a file holds came before what is here."""
        return not self.is_live and read_at is not None and known_at is not None and read_at < known_at


def save_patients(saving: Saving, reads: Sequence[ReadPatient]) -> None:
    """Create or change the patients. Merges are left to `merge_patients`, when every chart is here."""
    known = patients_with(saving.session, saving.clinic.id, [read.record_id for read in reads])
    doubted = doubted_addresses(saving.session, saving.clinic.id)
    for read in reads:
        patient = known.get(read.record_id)
        fate = _create(saving, read, doubted) if patient is None else _change(saving, patient, read, doubted)
        saving.report.fates["Patient", fate] += 1


def content_hash(read: ReadPatient) -> str:
    kept = asdict(replace(read, version=None, updated_at=None, flags=()))
    return keyring().blind_index("record", json.dumps(kept, sort_keys=True, default=str))


def _create(saving: Saving, read: ReadPatient, doubted: Collection[str]) -> Fate:
    patient = Patient(
        clinic_id=saving.clinic.id, record_id=read.record_id, status=read.status, locale=saving.clinic.locale,
        created_at=saving.now, updated_at=saving.now, contact_points=[], identifiers=[],
    )  # fmt: skip
    saving.session.add(patient)
    _write(saving, patient, read, doubted)
    saving.session.flush()
    if saving.clinic.settings.get("record_implies_consent", True):
        record_consent(
            saving.session,
            patient,
            status=ConsentStatus.GIVEN,
            wording=CONSENT_WORDING,
            source="record",
            now=saving.now,
        )
    return Fate.CREATED


def _change(saving: Saving, patient: Patient, read: ReadPatient, doubted: Collection[str]) -> Fate:
    if saving.is_older(read.updated_at, patient.record_updated_at):
        saving.report.notes.append(Note("older", "Patient", read.record_id, who=read.spoken_name))
        return Fate.UNCHANGED
    patient.record_version, patient.record_updated_at = read.version, read.updated_at
    if patient.record_hash == content_hash(read):
        return Fate.UNCHANGED
    before, numbers = PatientStatus(patient.status), _numbers(patient)
    _write(saving, patient, read, doubted)
    if read.status is not PatientStatus.MERGED and before is not PatientStatus.MERGED:
        _move_status(saving, patient, before=before, to=read.status)
    if numbers != _numbers(patient):
        saving.report.happened["new_number"] += 1
    return Fate.CHANGED


def _write(saving: Saving, patient: Patient, read: ReadPatient, doubted: Collection[str]) -> None:
    patient.family, patient.given, patient.birth_date = read.family or None, read.given or None, read.birth_date
    patient.family_index = family_index(read.family) if read.family else None
    patient.birth_date_index = birth_date_index(read.birth_date) if read.birth_date else None
    patient.locale, patient.zone = read.language or saving.clinic.locale, read.zone
    patient.record_version, patient.record_updated_at = read.version, read.updated_at
    patient.record_hash, patient.updated_at = content_hash(read), saving.now
    _write_contacts(patient, read, doubted, saving.now)
    _write_identifiers(saving, patient, read)


def _write_contacts(patient: Patient, read: ReadPatient, doubted: Collection[str], now: datetime) -> None:
    """The record's list is the list. Numbers it no longer has stay as rows, not current: messages point at them. A new
    one from where "wrong number" was said starts suspended."""
    known = {(point.system, point.address_index): point for point in patient.contact_points}
    for old in known.values():
        old.is_current = False
    for contact in read.contacts:
        index = address_index(contact.address)
        point = known.get((contact.system, index))
        if point is None:
            point = ContactPoint(
                clinic_id=patient.clinic_id, system=contact.system, address=contact.address, address_index=index,
                created_at=now,
            )  # fmt: skip
            if index in doubted:
                point.state, point.reason = ContactState.SUSPENDED, WRONG_NUMBER
            patient.contact_points.append(point)
        point.use, point.rank, point.is_landline, point.is_current = (
            contact.use,
            contact.rank,
            contact.is_landline,
            True,
        )
        _judge(point, contact)


def _judge(point: ContactPoint, contact: ReadPhone) -> None:
    """A number that people here suspended stays so: only they may trust it again."""
    if contact.reason:
        point.state, point.reason = ContactState.UNUSABLE, contact.reason
    elif point.state != ContactState.SUSPENDED:
        point.state, point.reason = ContactState.USABLE, None


def _write_identifiers(saving: Saving, patient: Patient, read: ReadPatient) -> None:
    wanted = {(each.system, identifier_index(each.system, each.value)): each for each in read.identifiers}
    for row in list(patient.identifiers):
        if wanted.pop((row.system, row.index), None) is None:
            saving.session.delete(row)
    for (system, index), each in wanted.items():
        row = PatientIdentifier(
            clinic_id=patient.clinic_id, system=system, kind=each.kind, value=each.value, index=index,
            problem=each.problem,
        )  # fmt: skip
        patient.identifiers.append(row)


def _move_status(saving: Saving, patient: Patient, *, before: PatientStatus, to: PatientStatus) -> None:
    if before is to:
        return
    patient.status = to
    if to in _EVENTS:
        record_event(saving.session, _EVENTS[to], clinic_id=patient.clinic_id, subject_id=patient.id, now=saving.now)
        saving.report.happened[_HAPPENED[to]] += 1
    elif to is PatientStatus.ACTIVE:
        plan_again(saving, patient)
        saving.report.happened["active_again"] += 1


def plan_again(saving: Saving, patient: Patient) -> None:
    """The patient may be reached again: what is still to come is planned anew."""
    for appointment in coming_appointments(saving.session, patient.id, after=saving.now):
        record_event(
            saving.session,
            "appointment_changed",
            clinic_id=patient.clinic_id,
            subject_id=appointment.id,
            now=saving.now,
        )


def _numbers(patient: Patient) -> set[str]:
    return {point.address_index for point in patient.contact_points if point.is_current and point.system == "phone"}

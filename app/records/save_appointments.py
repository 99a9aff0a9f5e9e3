"""Appointments, sites and practitioners as the record has them, saved; what changed is told in the same commit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from app.appointments.models import Appointment, Practitioner, Site
from app.appointments.rules import REMINDED, AppointmentStatus
from app.appointments.store import appointments_with, practitioners_of, sites_of
from app.core.events import record_event
from app.core.sealed import keyring
from app.patients.models import Patient
from app.patients.rules import PatientStatus, may_be_contacted
from app.records.fhir.mapping_appointment import ReadAppointment, ReadPlace, ReadPractitioner
from app.records.import_report import Fate, Note
from app.records.save_patients import Saving
from app.records.store import patient_ids


@dataclass(frozen=True)
class Numbered:
    """An appointment with the number of its entry, to name it in the report."""

    entry: int
    read: ReadAppointment


def save_clinic(saving: Saving, read: ReadPlace) -> None:
    """The record's Organization is the clinic; its name here is staff's to choose. Only one can be it."""
    clinic = saving.clinic
    fate = Fate.UNCHANGED
    if clinic.record_id is None:
        clinic.record_id, fate = read.record_id, Fate.CHANGED
    elif clinic.record_id != read.record_id:
        fate = Fate.LEFT_OUT
    saving.report.fates["Organization", fate] += 1


def save_sites(saving: Saving, reads: Sequence[ReadPlace]) -> None:
    known = sites_of(saving.session, saving.clinic.id)
    for read in reads:
        site = known.get(read.record_id)
        if site is None:
            site = Site(clinic_id=saving.clinic.id, record_id=read.record_id, name=read.name)
            saving.session.add(site)
            fate = Fate.CREATED
        else:
            same = (site.name, site.zone, site.province) == (read.name, read.zone, read.province)
            fate = Fate.UNCHANGED if same else Fate.CHANGED
        site.name, site.zone, site.province = read.name, read.zone, read.province
        saving.report.fates["Location", fate] += 1
        saving.report.notes += [Note(flag, "Location", read.record_id, who=read.name) for flag in read.flags]


def save_practitioners(saving: Saving, reads: Sequence[ReadPractitioner]) -> None:
    known = practitioners_of(saving.session, saving.clinic.id)
    for read in reads:
        row = known.get(read.record_id)
        if row is None:
            saving.session.add(Practitioner(clinic_id=saving.clinic.id, record_id=read.record_id, name=read.name))
            fate = Fate.CREATED
        else:
            fate = Fate.UNCHANGED if row.name == read.name else Fate.CHANGED
            row.name = read.name
        saving.report.fates["Practitioner", fate] += 1


def save_appointments(saving: Saving, reads: Sequence[Numbered]) -> None:
    """Create or change the appointments and write what happened to them as events."""
    known = appointments_with(saving.session, saving.clinic.id, [each.read.record_id for each in reads])
    patients = patient_ids(saving.session, saving.clinic.id)
    places = _Places(sites_of(saving.session, saving.clinic.id), practitioners_of(saving.session, saving.clinic.id))
    for each in reads:
        patient_id = patients.get(each.read.patient)
        if patient_id is None:
            _refuse(saving, each, "unknown_patient")
            continue
        fate = _save(saving, each, known.get(each.read.record_id), patient_id=patient_id, places=places)
        saving.report.fates["Appointment", fate] += 1


@dataclass(frozen=True)
class _Places:
    sites: dict[str, Site]
    practitioners: dict[str, Practitioner]


def _save(saving: Saving, each: Numbered, appointment: Appointment | None, *, patient_id: int, places: _Places) -> Fate:
    read = each.read
    _note_unknown(saving, each, places)
    if appointment is None:
        appointment = Appointment(
            clinic_id=saving.clinic.id, record_id=read.record_id, patient_id=patient_id, created_at=saving.now
        )
        saving.session.add(appointment)
        _write(saving, appointment, read, patient_id=patient_id, places=places)
        _tell_new(saving, appointment)
        return Fate.CREATED
    if saving.is_older(read.updated_at, appointment.record_updated_at):
        saving.report.notes.append(Note("older", "Appointment", read.record_id, entry=each.entry))
        return Fate.UNCHANGED
    appointment.record_version, appointment.record_updated_at = read.version, read.updated_at
    if appointment.record_hash == _content_hash(read, places) and appointment.patient_id == patient_id:
        return Fate.UNCHANGED
    before = _told(appointment)
    _write(saving, appointment, read, patient_id=patient_id, places=places)
    _tell_change(saving, appointment, before)
    return Fate.CHANGED


def _write(
    saving: Saving, appointment: Appointment, read: ReadAppointment, *, patient_id: int, places: _Places
) -> None:
    site, practitioner = places.sites.get(read.site or ""), places.practitioners.get(read.practitioner or "")
    appointment.patient_id, appointment.site_id = patient_id, site.id if site else None
    appointment.status, appointment.start_at, appointment.minutes = read.status, read.start, read.minutes
    appointment.practitioner = practitioner.name if practitioner else read.practitioner_name or None
    appointment.practitioner_record_id = read.practitioner
    appointment.service, appointment.booked_at = read.service or None, read.booked_at
    appointment.record_version, appointment.record_updated_at = read.version, read.updated_at
    appointment.record_hash, appointment.updated_at = _content_hash(read, places), saving.now


def _content_hash(read: ReadAppointment, places: _Places) -> str:
    """Also of what the references resolve to: a practitioner's new name is a change."""
    site, practitioner = places.sites.get(read.site or ""), places.practitioners.get(read.practitioner or "")
    kept = asdict(replace(read, version=None, updated_at=None))
    kept["resolved"] = [site.id if site else None, practitioner.name if practitioner else None]
    return keyring().blind_index("record", json.dumps(kept, sort_keys=True, default=str))


def _note_unknown(saving: Saving, each: Numbered, places: _Places) -> None:
    read = each.read
    if read.site and read.site not in places.sites:
        saving.report.notes.append(Note("unknown_site", "Appointment", read.record_id, entry=each.entry))
    if read.practitioner and read.practitioner not in places.practitioners and not read.practitioner_name:
        saving.report.notes.append(Note("unknown_practitioner", "Appointment", read.record_id, entry=each.entry))


def _told(appointment: Appointment) -> tuple[object, ...]:
    """What reminders say and depend on."""
    return (
        appointment.status in REMINDED,
        appointment.start_at,
        appointment.site_id,
        appointment.patient_id,
    )


def _tell_new(saving: Saving, appointment: Appointment) -> None:
    if appointment.status not in REMINDED or appointment.start_at <= saving.now:
        return
    status = saving.session.get_one(Patient, appointment.patient_id).status
    if may_be_contacted(PatientStatus(status)):
        _tell(saving, appointment, "appointment_booked", "booked")


def _tell_change(saving: Saving, appointment: Appointment, before: tuple[object, ...]) -> None:
    was_reminded, *was = before
    is_reminded, *now_is = _told(appointment)
    if was_reminded and not is_reminded:
        _tell(saving, appointment, "appointment_cancelled", "cancelled")
    elif is_reminded and not was_reminded:
        _tell_new(saving, appointment)
    elif is_reminded and was != now_is:
        _tell(saving, appointment, "appointment_changed", "moved")


def _tell(saving: Saving, appointment: Appointment, kind: str, happened: str) -> None:
    record_event(
        saving.session, kind, clinic_id=appointment.clinic_id, subject_id=appointment.id, now=saving.now,
        status=AppointmentStatus(appointment.status).value,
    )  # fmt: skip
    saving.report.happened[happened] += 1


def _refuse(saving: Saving, each: Numbered, code: str) -> None:
    saving.report.fates["Appointment", Fate.REFUSED] += 1
    saving.report.notes.append(Note("refused", "Appointment", each.read.record_id, detail=code, entry=each.entry))

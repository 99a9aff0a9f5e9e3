"""What a clerk should know about the patients of an import, said about how things stand now, not only what changed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.core.locale import catalogue_for, is_spoken
from app.patients.models import Patient
from app.patients.rules import PatientStatus
from app.patients.store import address_index, identifier_index
from app.records.fhir.mapping_patient import ReadPatient, staff_name
from app.records.import_report import Note
from app.records.save_patients import Saving
from app.records.store import shared_addresses, shared_identifiers

_GONE = {PatientStatus.MERGED: "merged", PatientStatus.DECEASED: "deceased", PatientStatus.INACTIVE: "inactive"}


def note_patients(saving: Saving, reads: Sequence[ReadPatient]) -> None:
    for read in reads:
        if read.status in _GONE:
            saving.report.notes.append(_note(_GONE[read.status], read))
        else:
            saving.report.notes += _of_numbers(read) + _of_person(saving, read)
    saving.report.notes += _of_shared(saving, reads)


def _of_numbers(read: ReadPatient) -> list[Note]:
    usable = [each for each in read.phones if not each.reason]
    unusable = [each for each in read.phones if each.reason]
    notes = [_note("unusable_number", read, given=each.address, detail=each.reason) for each in unusable]
    if not usable:
        notes.append(_note("no_number", read))
    elif all(each.is_landline for each in usable):
        notes.append(_note("landline_only", read))
    return notes


def _of_person(saving: Saving, read: ReadPatient) -> list[Note]:
    notes = [_note("check_digit", read, given=each.value) for each in read.identifiers if each.problem == "check_digit"]
    if read.language is None:
        notes.append(_note("no_language", read, detail=saving.clinic.locale))
    elif not is_spoken(read.language):
        notes.append(_note("unknown_language", read, given=read.language, detail=catalogue_for(read.language)))
    return notes + [_note(flag, read) for flag in read.flags]


def _of_shared(saving: Saving, reads: Sequence[ReadPatient]) -> list[Note]:
    """Phones and identifiers that several patients have, when one of them stands in this import."""
    phones = shared_addresses(saving.session, saving.clinic.id)
    identifiers = shared_identifiers(saving.session, saving.clinic.id)
    names = _names(saving, {each for ids in (*phones.values(), *identifiers.values()) for each in ids})
    notes: dict[tuple[str, str], Note] = {}
    for read in reads:
        for contact in read.phones:
            index = address_index(contact.address)
            if index in phones:
                notes["shared_number", index] = Note(
                    "shared_number", given=contact.address, detail="; ".join(names[each] for each in phones[index])
                )
        for each in read.identifiers:
            index = identifier_index(each.system, each.value)
            if index in identifiers:
                who = "; ".join(names[patient_id] for patient_id in identifiers[index])
                notes["same_identifier", index] = Note("same_identifier", given=each.value, detail=who)
    return list(notes.values())


def _names(saving: Saving, patient_ids: set[int]) -> dict[int, str]:
    rows = saving.session.scalars(select(Patient).where(Patient.id.in_(patient_ids)))
    return {row.id: staff_name(row.family, row.given, _chart_number(row)) for row in rows}


def _chart_number(patient: Patient) -> str | None:
    return next((each.value for each in patient.identifiers if each.kind == "MR"), None)


def _note(code: str, read: ReadPatient, *, given: str = "", detail: str | None = None) -> Note:
    return Note(code, "Patient", read.record_id, who=read.spoken_name, given=given, detail=detail or "")

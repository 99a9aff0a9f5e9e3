"""The entries of an import sorted by what they are; those that cannot be taken are refused here, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.records.bundles import Entry
from app.records.fhir.mapping_appointment import (
    ReadPlace,
    ReadPractitioner,
    read_appointment,
    read_place,
    read_practitioner,
)
from app.records.fhir.mapping_patient import ReadPatient, read_patient
from app.records.import_report import Fate, ImportReport, Note
from app.records.save_appointments import Numbered


@dataclass
class Sorted:
    """What was read and found sound, each kind in the order of the bundle."""

    clinics: list[ReadPlace] = field(default_factory=list)
    sites: list[ReadPlace] = field(default_factory=list)
    practitioners: list[ReadPractitioner] = field(default_factory=list)
    patients: list[ReadPatient] = field(default_factory=list)
    appointments: list[Numbered] = field(default_factory=list)


def sort_entries(entries: Sequence[Entry], now: datetime, report: ImportReport) -> Sorted:
    """Read every entry. The same resource twice counts once; two versions of one id that differ are both refused."""
    found = Sorted()
    shelves: dict[str, tuple[list[Any], Callable[[dict[str, Any]], Any]]] = {
        "Organization": (found.clinics, read_place),
        "Location": (found.sites, read_place),
        "Practitioner": (found.practitioners, read_practitioner),
        "Patient": (found.patients, lambda resource: read_patient(resource, now)),
        "Appointment": (found.appointments, read_appointment),
    }
    twins = _Twins(entries)
    for entry in entries:
        code = _refusal(entry) or twins.refusal(entry)
        if code:
            _refuse(report, entry, code)
        elif entry.kind not in shelves:
            report.fates[entry.kind, Fate.LEFT_OUT] += 1
        elif twins.is_repeated(entry):
            report.fates[entry.kind, Fate.UNCHANGED] += 1
        else:
            shelf, read = shelves[entry.kind]
            _shelve(report, entry, shelf, read(entry.resource or {}))
    _note_left_out(report)
    return found


class _Twins:
    """Entries with the same kind and id: repeated when equal, refused when not."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._first: dict[tuple[str, str | None], Entry] = {}
        self._differing: set[tuple[str, str | None]] = set()
        for entry in entries:
            first = self._first.setdefault(self._key(entry), entry)
            if first is not entry and first.resource != entry.resource:
                self._differing.add(self._key(entry))

    def refusal(self, entry: Entry) -> str | None:
        return "twice" if entry.record_id and self._key(entry) in self._differing else None

    def is_repeated(self, entry: Entry) -> bool:
        return entry.record_id is not None and self._first[self._key(entry)] is not entry

    @staticmethod
    def _key(entry: Entry) -> tuple[str, str | None]:
        return entry.kind, entry.record_id


def _refusal(entry: Entry) -> str | None:
    if entry.deletes:
        return "deletes"
    if entry.resource is None:
        return "empty_entry"
    return None if entry.kind else "no_kind"


def _shelve(report: ImportReport, entry: Entry, shelf: list[Any], read: Any) -> None:
    if isinstance(read, str):
        _refuse(report, entry, read)
    else:
        shelf.append(Numbered(entry.number, read) if entry.kind == "Appointment" else read)


def _refuse(report: ImportReport, entry: Entry, code: str) -> None:
    report.fates[entry.kind, Fate.REFUSED] += 1
    report.notes.append(Note("refused", entry.kind, entry.record_id or "", detail=code, entry=entry.number))


def _note_left_out(report: ImportReport) -> None:
    for (kind, fate), number in sorted(report.fates.items()):
        if fate is Fate.LEFT_OUT:
            report.notes.append(Note("left_out", kind, detail=str(number)))

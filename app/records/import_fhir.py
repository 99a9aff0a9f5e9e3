"""Importing a FHIR bundle: places, patients, merges, appointments, then the report. Safe to repeat, safe to interrupt.

Written in commits of a hundred rows, so that texts that arrive meanwhile do not wait; each change and the event that
tells of it stand in the same commit. Stopped half way, the next run goes on where this one ended.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from app.core.audit import Actor, record_audit
from app.core.ground import Ground
from app.core.models import Clinic
from app.records.bundles import Entry, read_bundle
from app.records.import_notes import note_patients
from app.records.import_report import Fate, ImportReport
from app.records.merge_patients import merge_patients
from app.records.models import ImportRun
from app.records.save_appointments import save_appointments, save_clinic, save_practitioners, save_sites
from app.records.save_patients import Saving, save_patients
from app.records.sort_entries import Sorted, sort_entries

ROWS_PER_COMMIT = 100


def import_fhir(ground: Ground, clinic: Clinic, content: bytes, *, source: str = "file") -> ImportReport:
    """Import a bundle into `clinic`. Raises BundleProblem, with nothing changed, when the file cannot be read."""
    return import_entries(ground, clinic.id, read_bundle(content), source=source)


def import_entries(
    ground: Ground, clinic_id: int, entries: Sequence[Entry], *, source: str, is_live: bool = False
) -> ImportReport:
    """Import entries already at hand, `is_live` when they come from the record itself just now. Entries that cannot be
    taken are refused one by one and never stop the others."""
    started_at, report = ground.clock.now(), ImportReport(source=source)
    sound = sort_entries(entries, started_at, report)
    commit = partial(_commit, ground, clinic_id, report, is_live=is_live)
    commit(partial(_save_places, sound))
    for rows, save in (
        (sound.patients, save_patients),
        (sound.patients, merge_patients),
        (sound.appointments, save_appointments),
    ):
        for first in range(0, len(rows), ROWS_PER_COMMIT):
            commit(partial(_save_chunk, save, rows[first : first + ROWS_PER_COMMIT]))
    commit(partial(_finish, sound, started_at, _hash(entries)))
    ground.wake()
    return report


def _commit(
    ground: Ground, clinic_id: int, report: ImportReport, save: Callable[[Saving], None], *, is_live: bool
) -> None:
    """One commit. Two imports into one clinic take turns; nobody else waits for them."""
    with ground.database.write() as session:
        clinic = session.get_one(Clinic, clinic_id, with_for_update={"key_share": True})
        save(Saving(session, clinic, ground.clock.now(), report, is_live))


def _save_chunk(save: Callable[[Saving, Sequence[Any]], None], rows: Sequence[Any], saving: Saving) -> None:
    save(saving, rows)


def _save_places(sound: Sorted, saving: Saving) -> None:
    for clinic in sound.clinics:
        save_clinic(saving, clinic)
    save_sites(saving, sound.sites)
    save_practitioners(saving, sound.practitioners)


def _finish(sound: Sorted, started_at: datetime, content_hash: str, saving: Saving) -> None:
    """The notes about patients, the run with its report, and who may be asked about it."""
    report = saving.report
    note_patients(saving, sound.patients)
    if saving.is_live and report.count(Fate.UNCHANGED) == report.entries:
        return
    run = ImportRun(
        clinic_id=saving.clinic.id, source=report.source, content_hash=content_hash, started_at=started_at,
        finished_at=saving.now, report=report.to_json(),
    )  # fmt: skip
    saving.session.add(run)
    record_audit(
        saving.session, "imported", "import_run", run.id, actor=Actor("operator"), now=saving.now,
        clinic_id=saving.clinic.id, entries=report.entries, refused=report.count(Fate.REFUSED),
    )  # fmt: skip


def _hash(entries: Sequence[Entry]) -> str:
    text = json.dumps([entry.resource for entry in entries], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

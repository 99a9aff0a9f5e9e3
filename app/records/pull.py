"""Reading the record: what changed since the last time, by the server's own clock, through the same door as a file.

Pages are followed by the server's links and committed one by one; the mark moves only after its page is in, and looks
back a little, because servers stamp a change before others can see it. A version seen before is not read again.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.ground import Ground
from app.core.models import Clinic
from app.records.bundles import Entry
from app.records.endpoints import Endpoint, note_failure, note_success, probe, ready_endpoints
from app.records.errors import RecordError, RecordUnreachable
from app.records.fhir.reading import resource_id, updated_at, version_of
from app.records.import_fhir import import_entries
from app.records.import_report import ImportReport
from app.records.models import RecordCursor, RecordEndpoint
from app.support.open_ticket import open_ticket
from app.support.rules import TicketReason, Urgency

OVERLAP = timedelta(minutes=5)
KINDS = ("Location", "Practitioner", "Patient", "Appointment")  # what others refer to comes first
PAGE = "50"
QUIET = ("no_start", "no_patient", "several_patients")  # everyday in a record: wishes without a time, staff meetings


def pull_due(ground: Ground) -> int:
    """Read what changed at every connected record that is to be read; how many resources were new to us."""
    with ground.database.read() as session:
        endpoints = [each for each in ready_endpoints(session, ground.clock.machine_now()) if each.is_pulled]
    return sum(_pull(ground, endpoint) for endpoint in endpoints)


def _pull(ground: Ground, endpoint: Endpoint) -> int:
    try:
        if not endpoint.capabilities:
            probe(ground, endpoint)
        count = sum(_pull_kind(ground, endpoint, kind) for kind in KINDS)
    except RecordError as error:
        failure = error if isinstance(error, RecordUnreachable) else RecordUnreachable(error.code)
        with ground.database.write() as session:
            row = session.get_one(RecordEndpoint, endpoint.id)
            jitter = random.random()  # noqa: S311 - spreads load, guards nothing
            note_failure(row, failure, machine_now=ground.clock.machine_now(), jitter=jitter)
        return 0
    with ground.database.write() as session:
        row = session.get_one(RecordEndpoint, endpoint.id)
        row.last_pull_at = ground.clock.now()
        note_success(row, ground.clock.now())
    return count


def _pull_kind(ground: Ground, endpoint: Endpoint, kind: str) -> int:
    with ground.database.read() as session:
        cursor = _cursor(session, endpoint.id, kind)
        since = {"_lastUpdated": f"ge{_text(datetime.fromisoformat(cursor.mark) - OVERLAP)}"} if cursor else {}
    count = 0
    for page in endpoint.client().search(kind, **since, _sort="_lastUpdated", _count=PAGE):
        count += _take_page(ground, endpoint, kind, page)
    return count


def _take_page(ground: Ground, endpoint: Endpoint, kind: str, page: Sequence[dict[str, Any]]) -> int:
    with ground.database.read() as session:
        cursor = _cursor(session, endpoint.id, kind)
        fresh = _unseen(page, cursor.recent if cursor else {})
    if fresh:
        entries = [Entry(number, resource) for number, resource in enumerate(fresh, start=1)]
        report = import_entries(ground, endpoint.clinic_id, entries, source=f"pull:{endpoint.id}", is_live=True)
        _ask_about_refused(ground, endpoint, report, entries)
    with ground.database.write() as session:
        _move_mark(session, endpoint.id, kind, page)
    return len(fresh)


def _unseen(page: Sequence[dict[str, Any]], recent: dict[str, Any]) -> list[dict[str, Any]]:
    """Resources whose version is not the one read last; the later of two versions in one page."""
    newest = {resource_id(resource): resource for resource in page}
    return [
        each
        for key, each in newest.items()
        if version_of(each) is None or recent.get(str(key), [None])[0] != version_of(each)
    ]


def _move_mark(session: Session, endpoint_id: int, kind: str, page: Sequence[dict[str, Any]]) -> None:
    """The mark is the newest moment the server itself gave; what lies within the overlap is remembered by version."""
    moments = {str(resource_id(each)): (updated_at(each), version_of(each)) for each in page}
    newest = max((moment for moment, _version in moments.values() if moment is not None), default=None)
    if newest is None:
        return
    cursor = _cursor(session, endpoint_id, kind)
    if cursor is None:
        cursor = RecordCursor(endpoint_id=endpoint_id, resource_type=kind, mark=newest.isoformat(), recent={})
        session.add(cursor)
    mark = max(newest, datetime.fromisoformat(cursor.mark))
    seen = {key: [version, moment.isoformat()] for key, (moment, version) in moments.items() if moment and version}
    kept = {**cursor.recent, **seen}
    cursor.mark = mark.isoformat()
    cursor.recent = {key: each for key, each in kept.items() if datetime.fromisoformat(each[1]) >= mark - OVERLAP}


def _cursor(session: Session, endpoint_id: int, kind: str) -> RecordCursor | None:
    wanted = select(RecordCursor).where(RecordCursor.endpoint_id == endpoint_id, RecordCursor.resource_type == kind)
    return session.scalars(wanted).first()


def _ask_about_refused(ground: Ground, endpoint: Endpoint, report: ImportReport, entries: Sequence[Entry]) -> None:
    """Nobody reads the report of a pull: what could not be taken becomes a ticket, once per version."""
    versions = {entry.record_id: version_of(entry.resource or {}) for entry in entries}
    with ground.database.write() as session:
        for note in report.notes:
            if note.code == "refused" and note.detail not in QUIET:
                open_ticket(
                    session,
                    clinic_id=endpoint.clinic_id,
                    reason=TicketReason.IMPORT_PROBLEM,
                    urgency=Urgency.ROUTINE,
                    cause=f"pull:{endpoint.id}:{note.resource}/{note.record_id}:{versions.get(note.record_id)}",
                    locale=session.get_one(Clinic, endpoint.clinic_id).locale,
                    now=ground.clock.now(),
                    code=note.detail,
                    record=f"{note.resource}/{note.record_id}",
                )


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")

"""Right chart or no chart: before anything is filed, the record's own Patient must be the person we know. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.appointments.rules import AppointmentStatus
from app.patients.rules import PatientStatus
from app.records.errors import ChartUnsure
from app.records.fhir.mapping_appointment import read_appointment
from app.records.fhir.mapping_patient import read_patient

# A visit that took place, was cancelled or was missed is the record's own last word.
ANSWERABLE = frozenset({AppointmentStatus.BOOKED, AppointmentStatus.PENDING, AppointmentStatus.PROPOSED})


@dataclass(frozen=True)
class Known:
    """Who we believe the patient to be."""

    record_id: str
    family: str | None
    birth_date: str | None
    identifiers: frozenset[tuple[str, str]]


def check_chart(known: Known, there: Mapping[str, Any] | None, now: datetime) -> None:
    """Raise ChartUnsure unless the chart is open and its identifiers, or else name, and its birth date are ours."""
    if there is None:
        raise ChartUnsure("chart_missing")
    read = read_patient(dict(there), now)
    if isinstance(read, str) or read.record_id != known.record_id:
        raise ChartUnsure("chart_unreadable")
    if read.status is PatientStatus.MERGED:
        raise ChartUnsure("chart_merged")
    if read.status is PatientStatus.INACTIVE:
        raise ChartUnsure("chart_inactive")
    if known.birth_date is None or known.birth_date != read.birth_date:
        raise ChartUnsure("birth_date_differs")
    theirs = {(each.system, each.value) for each in read.identifiers}
    if known.identifiers:
        if not known.identifiers & theirs:
            raise ChartUnsure("identifiers_differ")
    elif (known.family or "").casefold() != read.family.casefold():
        raise ChartUnsure("name_differs")


def check_appointment(appointment: Mapping[str, Any] | None, *, patient_id: str, start: datetime) -> None:
    """Raise ChartUnsure unless the appointment still is the one the patient was asked about."""
    read = read_appointment(dict(appointment)) if appointment is not None else "gone"
    if isinstance(read, str):
        raise ChartUnsure("appointment_gone")
    if read.patient != patient_id:
        raise ChartUnsure("appointment_of_another")
    if read.start != start:
        raise ChartUnsure("appointment_moved")
    if read.status not in ANSWERABLE:
        raise ChartUnsure("appointment_over")

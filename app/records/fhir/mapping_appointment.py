"""FHIR Organization, Location, Practitioner and Appointment -> what Farline keeps of them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from app.appointments.rules import AppointmentStatus
from app.records.fhir.reading import (
    first,
    instant,
    objects,
    reference_of,
    resource_id,
    said,
    updated_at,
    version_of,
    words,
    zone_of,
)  # fmt: skip


@dataclass(frozen=True)
class ReadPlace:
    """A clinic (Organization) or a site (Location)."""

    record_id: str
    name: str
    zone: str | None = None
    province: str | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadPractitioner:
    record_id: str
    name: str


@dataclass(frozen=True)
class ReadAppointment:
    """`patient`, `site` and `practitioner` are ids of the record."""

    record_id: str
    version: str | None
    updated_at: datetime | None
    status: AppointmentStatus
    start: datetime
    minutes: int | None
    patient: str
    site: str | None
    practitioner: str | None
    practitioner_name: str
    service: str
    booked_at: datetime | None


def read_place(resource: dict[str, Any]) -> ReadPlace | str:
    record_id, name = resource_id(resource), words(resource.get("name"))
    if record_id is None:
        return "no_id"
    if not name:
        return "no_name"
    zone, is_strange = zone_of(resource)
    province = words(first(resource.get("address")).get("state")).upper()
    flags = ("unknown_zone",) if is_strange else ()
    return ReadPlace(record_id, name, zone, province if len(province) == 2 else None, flags)


def read_practitioner(resource: dict[str, Any]) -> ReadPractitioner | str:
    record_id, name = resource_id(resource), first(resource.get("name"))
    if record_id is None:
        return "no_id"
    prefixes = name.get("prefix")
    prefix = words(prefixes[0]) if isinstance(prefixes, list) and prefixes else ""
    spoken = " ".join(filter(None, (prefix, words(name.get("family"))))) or words(name.get("text"))
    return ReadPractitioner(record_id, spoken) if spoken else "no_name"


def read_appointment(resource: dict[str, Any]) -> ReadAppointment | str:
    """The appointment, or why it cannot be taken: no_id, unknown_status, no_start, no_patient, several_patients."""
    record_id = resource_id(resource)
    if record_id is None:
        return "no_id"
    if resource.get("status") not in set(AppointmentStatus):
        return "unknown_status"
    start = instant(resource.get("start"))
    if start is None:
        return "no_start"
    patients = _actors(resource, "Patient")
    if len(patients) != 1:
        return "several_patients" if patients else "no_patient"
    practitioners, sites = _actors(resource, "Practitioner"), _actors(resource, "Location")
    practitioner, shown = next(iter(practitioners.items()), (None, ""))
    return ReadAppointment(
        record_id=record_id,
        version=version_of(resource),
        updated_at=updated_at(resource),
        status=AppointmentStatus(resource["status"]),
        start=start,
        minutes=_minutes(resource, start),
        patient=next(iter(patients)),
        site=next(iter(sites), None),
        practitioner=practitioner,
        practitioner_name=shown,
        service=said(resource.get("serviceType")) or said(resource.get("appointmentType")),
        booked_at=_booked_at(resource.get("created")),
    )


def _actors(resource: dict[str, Any], kind: str) -> dict[str, str]:
    """id -> display of the participants of this kind."""
    found: dict[str, str] = {}
    for each in objects(resource.get("participant")):
        actor = first(each.get("actor"))
        reference = reference_of(actor, kind)
        if reference:
            found[reference] = words(actor.get("display"))
    return found


def _minutes(resource: dict[str, Any], start: datetime) -> int | None:
    written, end = resource.get("minutesDuration"), instant(resource.get("end"))
    if type(written) is int and 0 < written <= 24 * 60:
        return written
    return int((end - start).total_seconds() // 60) if end is not None and end > start else None


def _booked_at(value: Any) -> datetime | None:
    """FHIR allows a date without a time here."""
    moment = instant(value)
    if moment is not None or not isinstance(value, str):
        return moment
    try:
        return datetime.combine(date.fromisoformat(value), datetime.min.time(), tzinfo=UTC)
    except ValueError:
        return None

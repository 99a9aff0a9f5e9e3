"""FHIR Patient -> what Farline keeps of it. Pure: no row, no clock, no network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.patients.rules import PatientStatus
from app.records.fhir.reading import (
    codes,
    first,
    instant,
    is_cleaned,
    objects,
    reference_of,
    resource_id,
    updated_at,
    version_of,
    words,
    zone_of,
)  # fmt: skip
from app.records.rules import is_health_number, language_tag
from channels.address import Address, normalise_phone

ONTARIO_HEALTH_NUMBER = "https://fhir.infoway-inforoute.ca/NamingSystem/ca-on-patient-hcn"
USES = ("home", "work", "temp", "mobile")  # http://hl7.org/fhir/R4/valueset-contact-point-use.html
KINDS = ("MR", "JHN")  # chart number, health number: codes of http://terminology.hl7.org/CodeSystem/v2-0203


@dataclass(frozen=True)
class ReadPhone:
    """`address` is E.164 when usable, else as written; `reason` says why it is not."""

    address: str
    use: str | None
    rank: int
    is_landline: bool
    reason: str | None = None
    system: str = "phone"


@dataclass(frozen=True)
class ReadIdentifier:
    """A chart number (MR) or health number (JHN)."""

    system: str
    kind: str
    value: str
    problem: str | None = None


@dataclass(frozen=True)
class ReadPatient:
    """`flags` are codes for the report; they are no part of what is kept."""

    record_id: str
    version: str | None
    updated_at: datetime | None
    status: PatientStatus
    replaced_by: str | None
    family: str
    given: str
    birth_date: str | None
    language: str | None
    zone: str | None
    contacts: tuple[ReadPhone, ...]
    identifiers: tuple[ReadIdentifier, ...]
    flags: tuple[str, ...] = ()

    @property
    def phones(self) -> tuple[ReadPhone, ...]:
        return tuple(each for each in self.contacts if each.system == "phone")

    @property
    def chart_number(self) -> str | None:
        return next((each.value for each in self.identifiers if each.kind == "MR"), None)

    @property
    def spoken_name(self) -> str:
        """How staff know the patient: `Bechtelar, Suzi (101000)`."""
        return staff_name(self.family, self.given, self.chart_number)


def staff_name(family: str | None, given: str | None, chart_number: str | None) -> str:
    name = ", ".join(part for part in (family, given) if part)
    return f"{name} ({chart_number})" if chart_number else name


def read_patient(resource: dict[str, Any], now: datetime) -> ReadPatient | str:
    """The patient, or the code of why it cannot be taken: no_id, no_name."""
    record_id = resource_id(resource)
    if record_id is None:
        return "no_id"
    name = _official_name(resource)
    family, given = words(name.get("family")), " ".join(filter(None, map(words, _listed(name.get("given")))))
    if not family and not given:
        family = words(name.get("text"))
    if not family and not given:
        return "no_name"
    zone, is_strange_zone = zone_of(resource)
    birth_date = _birth_date(resource.get("birthDate"), now.date())
    return ReadPatient(
        record_id=record_id,
        version=version_of(resource),
        updated_at=updated_at(resource),
        status=_status(resource),
        replaced_by=_replaced_by(resource),
        family=family,
        given=given,
        birth_date=birth_date,
        language=_language(resource),
        zone=zone,
        contacts=_contacts(resource, now),
        identifiers=_identifiers(resource),
        flags=tuple(
            code
            for code, holds in (
                ("unknown_zone", is_strange_zone),
                ("no_birth_date", birth_date is None),
                ("text_cleaned", any(map(is_cleaned, (name.get("family"), *_listed(name.get("given")))))),
            )
            if holds
        ),
    )


def _official_name(resource: dict[str, Any]) -> dict[str, Any]:
    """The name in use: official before usual before any that is not old."""
    names = [each for each in objects(resource.get("name")) if each.get("use") not in ("old", "maiden")]
    order = {"official": 0, "usual": 1}
    return min(names, key=lambda each: order.get(str(each.get("use")), 2), default={})


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _status(resource: dict[str, Any]) -> PatientStatus:
    if _replaced_by(resource):
        return PatientStatus.MERGED
    if resource.get("deceasedBoolean") is True or isinstance(resource.get("deceasedDateTime"), str):
        return PatientStatus.DECEASED
    return PatientStatus.INACTIVE if resource.get("active") is False else PatientStatus.ACTIVE


def _replaced_by(resource: dict[str, Any]) -> str | None:
    links = (each for each in objects(resource.get("link")) if each.get("type") == "replaced-by")
    return next((found for each in links if (found := reference_of(each.get("other"), "Patient"))), None)


def _birth_date(value: Any, today: date) -> str | None:
    """A whole date, not after tomorrow; a year alone proves nobody's identity and reads as absent."""
    try:
        born = date.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return born.isoformat() if (born - today).days <= 1 and len(value) == 10 else None


def _language(resource: dict[str, Any]) -> str | None:
    spoken = objects(resource.get("communication"))
    spoken.sort(key=lambda each: each.get("preferred") is not True)
    tags = (language_tag(code) for each in spoken for _system, code in codes(each.get("language")))
    return next((tag for tag in tags if tag), None)


def _contacts(resource: dict[str, Any], now: datetime) -> tuple[ReadPhone, ...]:
    found: dict[tuple[str, str], ReadPhone] = {}
    for position, telecom in enumerate(objects(resource.get("telecom")), start=1):
        contact = _contact(telecom, position, now)
        if contact is None:
            continue
        twin = found.get((contact.system, contact.address))
        if twin is None or (twin.is_landline, twin.rank) > (contact.is_landline, contact.rank):
            found[contact.system, contact.address] = contact
    return tuple(found.values())


def _contact(telecom: dict[str, Any], position: int, now: datetime) -> ReadPhone | None:
    system, use, value = telecom.get("system"), telecom.get("use"), telecom.get("value")
    ended = instant(first(telecom.get("period")).get("end"))
    if use == "old" or (ended is not None and ended < now) or not isinstance(value, str):
        return None
    rank = telecom.get("rank")
    rank = rank if type(rank) is int and 0 < rank < 1000 else position
    if system == "email":
        return ReadPhone(words(value), None, rank, is_landline=False, system="email") if words(value) else None
    if system not in ("phone", "sms", None) or not words(value):
        return None
    return _phone(value, use if use in USES else None, rank)


def _phone(value: str, use: str | None, rank: int) -> ReadPhone:
    """Canadian numbers do not show whether they are mobile; the record's `use` does. Home and work take calls only."""
    is_landline = use in ("home", "work")
    read = normalise_phone(value, "CA")
    if isinstance(read, Address):
        return ReadPhone(read.value, use, rank, is_landline)
    return ReadPhone(words(value), use, rank, is_landline, reason=read.code)


def _identifiers(resource: dict[str, Any]) -> tuple[ReadIdentifier, ...]:
    found: dict[tuple[str, str], ReadIdentifier] = {}
    for each in objects(resource.get("identifier")):
        system, value = each.get("system"), words(each.get("value"))
        kinds = [code for _system, code in codes(each.get("type"))]
        kind = "JHN" if system == ONTARIO_HEALTH_NUMBER else next((code for code in kinds if code in KINDS), None)
        if kind and value and isinstance(system, str) and each.get("use") != "old":
            wrong = system == ONTARIO_HEALTH_NUMBER and not is_health_number(value)
            found[words(system), value] = ReadIdentifier(words(system), kind, value, "check_digit" if wrong else None)
    return tuple(found.values())

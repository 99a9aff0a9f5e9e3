"""Which clinic a bundle belongs to; on a fresh server the bundle itself says what the clinic is."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.ground import Ground
from app.core.models import Clinic
from app.records.bundles import Entry
from app.records.errors import BundleProblem
from app.records.fhir.mapping_appointment import ReadPlace, read_place
from app.records.fhir.reading import codes, objects
from app.support.queues import make_default_queues

NO_CLINIC_SENTENCE = "There is no clinic yet, and this bundle has no Organization to make one of."
WHICH_CLINIC_SENTENCE = "There are several clinics here. Say which one with --clinic: {slugs}."
UNKNOWN_CLINIC_SENTENCE = "There is no clinic named {slug} here. There is: {slugs}."


def clinic_for(ground: Ground, entries: Sequence[Entry], *, slug: str | None = None) -> Clinic:
    """The clinic named `slug`, else the only one, else the one whose Organization is in the bundle, else a new one.

    Raises BundleProblem when that is not clear.
    """
    organisations = list(_places(entries, "Organization"))
    with ground.database.write() as session:
        clinics = list(session.scalars(select(Clinic).order_by(Clinic.slug)))
        if slug is not None:
            return _named(clinics, slug)
        if len(clinics) == 1:
            return clinics[0]
        if not clinics:
            return _make(session, organisations, entries)
        theirs = [each for each in clinics if each.record_id in {place.record_id for place in organisations}]
        if len(theirs) != 1:
            raise BundleProblem("which_clinic", WHICH_CLINIC_SENTENCE, slugs=_slugs(clinics))
        return theirs[0]


def _named(clinics: Sequence[Clinic], slug: str) -> Clinic:
    found = next((each for each in clinics if each.slug == slug), None)
    if found is None:
        raise BundleProblem("unknown_clinic", UNKNOWN_CLINIC_SENTENCE, slug=slug, slugs=_slugs(clinics))
    return found


def _slugs(clinics: Sequence[Clinic]) -> str:
    return ", ".join(each.slug for each in clinics)


def _make(session: Session, organisations: Sequence[ReadPlace], entries: Sequence[Entry]) -> Clinic:
    """Zone and province are those of most of its sites; everything else is staff's to say later."""
    if not organisations:
        raise BundleProblem("no_clinic", NO_CLINIC_SENTENCE)
    own, sites = organisations[0], list(_places(entries, "Location"))
    clinic = Clinic(
        slug=_slug(own.name),
        name=own.name,
        zone=own.zone or _most(each.zone for each in sites) or "America/Toronto",
        province=own.province or _most(each.province for each in sites),
        locale="en-CA",
        record_system=_most(_chart_systems(entries)),
        record_id=own.record_id,
    )
    session.add(clinic)
    session.flush()
    make_default_queues(session, clinic.id)
    return clinic


def _places(entries: Sequence[Entry], kind: str) -> Iterable[ReadPlace]:
    read = (read_place(entry.resource) for entry in entries if entry.kind == kind and entry.resource)
    return (place for place in read if isinstance(place, ReadPlace))


def _chart_systems(entries: Sequence[Entry]) -> Iterable[str]:
    for entry in entries:
        if entry.kind == "Patient" and entry.resource:
            for each in objects(entry.resource.get("identifier")):
                if "MR" in [code for _system, code in codes(each.get("type"))] and isinstance(each.get("system"), str):
                    yield each["system"]


def _most(values: Iterable[str | None]) -> str | None:
    counted = Counter(value for value in values if value).most_common(1)
    return counted[0][0] if counted else None


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "clinic"

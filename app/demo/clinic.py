"""The demo clinic's first day: the clinic, its questionnaires, pathways, patients, appointments and staff."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import requests
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import Actor
from app.core.ground import Ground
from app.core.models import Clinic
from app.demo.record_server import RecordServer
from app.intake.publish_questionnaire import publish_library
from app.pathways.publish_pathway import publish_built_in
from app.records.endpoints import connect, endpoints_of
from app.records.import_fhir import import_fhir
from app.records.import_report import ImportReport
from app.staff.invite_staff import Colleague, Invited, invite_staff
from app.staff.rules import Role
from app.support.queues import make_default_queues

FOLDER = Path(__file__).parent / "clinic-day"
DAY = FOLDER / "clinic-day.bundle.json"
CHANGES = FOLDER / "clinic-changes.bundle.json"

STAFF = (
    Colleague("amina", (Role.AGENT, Role.CLINICIAN), "Amina", "en-CA"),
    Colleague("luc", (Role.AGENT, Role.CLINICIAN, Role.COORDINATOR), "Luc", "fr-CA"),
    Colleague("admin", (Role.ADMINISTRATOR, Role.AUDITOR), "Administrator", "en-CA"),
)


def is_settled(ground: Ground) -> bool:
    """Whether this database already has a clinic."""
    with ground.database.read() as session:
        return session.scalar(select(Clinic.id).limit(1)) is not None


def settle_clinic(ground: Ground) -> ImportReport:
    """Make the demo clinic and import its day. The clinic's numbers are of the fictional range."""
    now = ground.clock.now()
    with ground.database.write() as session:
        clinic = Clinic(
            slug="pine-narrows",
            name="Pine Narrows",
            zone="America/Toronto",
            province="ON",
            locale="en-CA",
            phone="+18075550100",
            sender="+18075550100",
            record_system="urn:example:pine-narrows:mrn",
        )
        session.add(clinic)
        session.flush()
        make_default_queues(session, clinic.id)
        publish_library(session, clinic, now=now)
        publish_built_in(session, clinic, now=now)
    return import_fhir(ground, clinic, DAY.read_bytes())


def take_changes(ground: Ground, record: RecordServer) -> ImportReport:
    """The clinic's second day: visits moved and cancelled, charts merged, new numbers, in the record and here."""
    content = CHANGES.read_bytes()
    with suppress(requests.RequestException):  # a record that is down is asked by the next pull
        record.load(content)
    with ground.database.read() as session:
        clinic = session.scalars(select(Clinic)).one()
    return import_fhir(ground, clinic, content)


def connect_record(session: Session, base_url: str) -> None:
    """File to the record server that runs beside the demo."""
    clinic = session.scalars(select(Clinic)).one()
    if not any(endpoint.base_url == base_url for endpoint in endpoints_of(session, clinic.id)):
        connect(session, clinic.id, base_url)


def invite_everyone(session: Session, ground: Ground) -> list[Invited]:
    """One-time sign-in links for the demo's staff, new at each start."""
    return [invite(session, ground, colleague.login) for colleague in STAFF]


def invite(session: Session, ground: Ground, login: str) -> Invited:
    """A one-time sign-in link for one of the demo's staff."""
    return invite_staff(
        session,
        session.scalars(select(Clinic)).one(),
        next(each for each in STAFF if each.login == login),
        actor=Actor("operator"),
        now=ground.clock.now(),
        machine_now=ground.clock.machine_now(),
    )

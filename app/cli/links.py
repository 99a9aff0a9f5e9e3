"""`farline links`: a link to a patient's page, for staff to hand over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from app.intake.models import Response
    from app.patients.models import Patient


@click.group()
def links() -> None:
    """Links to patients' pages."""


@links.command()
@click.option("--patient", "number", required=True, help="Chart number, health number, or the record's id.")
@click.option("--questionnaire", "name", help="Short name of a published questionnaire, e.g. intake; else home.")
@click.option("--lang", "locale", help="Language of the page; the patient's own when left out.")
@click.option("--clinic", "slug", help="Which clinic, by its short name; not needed when there is only one.")
def create(number: str, *, name: str | None, locale: str | None, slug: str | None) -> None:
    """Make a link to a questionnaire the patient can answer, or to the patient's home page. It is shown once."""
    from app.cli.records import clinic_named
    from app.core.audit import Actor, record_audit
    from app.patients.links import create_link
    from app.wiring import open_ground

    ground = open_ground()
    now = ground.clock.now()
    with ground.database.write() as session:
        clinic = clinic_named(session, slug)
        patient = _patient(session, clinic.id, number)
        spoken = locale or patient.locale
        response = _response(session, patient, name, spoken, now) if name else None
        made = create_link(
            session, patient, purpose="response" if response else "home", response_id=response.id if response else None,
            locale=response.locale if response else spoken, now=now,
        )  # fmt: skip
        record_audit(
            session, "created", "link", made.link.id, actor=Actor("operator"), now=now, clinic_id=clinic.id,
            patient_id=patient.id,
        )  # fmt: skip
        expires_at = made.link.expires_at
    click.echo(f"{ground.public_url}/p/{made.token}")
    click.echo(f"Or the code {made.code[:4]} {made.code[4:]} at {ground.public_url}/c. Until {expires_at:%Y-%m-%d}.")
    click.echo("The page asks for the patient's date of birth before it shows anything.")


@links.command()
@click.argument("link")
def revoke(link: str) -> None:
    """Close LINK (the address or its code) for good."""
    from app.patients.links import find_link
    from app.patients.links import revoke as close
    from app.patients.rules import LinkProblem
    from app.wiring import open_ground

    ground = open_ground()
    now = ground.clock.now()
    with ground.database.write() as session:
        found = find_link(session, link.rpartition("/")[2], now)
        if isinstance(found, LinkProblem):
            raise click.ClickException("there is no such link, or it is closed already")
        close(session, found, now)
    click.echo("The link is closed.")


def _response(session: Session, patient: Patient, name: str, locale: str, now: datetime) -> Response:
    from app.intake.begin_response import begin_response
    from app.intake.store import current_version

    questionnaire = current_version(session, patient.clinic_id, name)
    if questionnaire is None:
        raise click.ClickException(f"no questionnaire {name} is published; see `farline questionnaires list`")
    return begin_response(session, patient, questionnaire, locale, now)


def _patient(session: Session, clinic_id: int, number: str) -> Patient:
    from app.patients.rules import PatientStatus, may_be_contacted
    from app.patients.store import patient_with_identifier, patient_with_record_id

    found = patient_with_identifier(session, clinic_id, number) or patient_with_record_id(session, clinic_id, number)
    if found is None:
        raise click.ClickException("no patient, or more than one, has this number")
    if not may_be_contacted(PatientStatus(found.status)):
        raise click.ClickException(f"this patient cannot be given a link: {found.status}")
    return found

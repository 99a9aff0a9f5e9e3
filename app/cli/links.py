"""`farline links`: a link to a patient's page, for staff to hand over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from app.patients.models import Patient


@click.group()
def links() -> None:
    """Links to patients' pages."""


@links.command()
@click.option("--patient", "number", required=True, help="Chart number, health number, or the record's id.")
@click.option("--questionnaire", "name", required=True, help="Short name of a published questionnaire, e.g. intake.")
@click.option("--lang", "locale", help="Language of the page; the patient's own when left out.")
@click.option("--clinic", "slug", help="Which clinic, by its short name; not needed when there is only one.")
def create(number: str, *, name: str, locale: str | None, slug: str | None) -> None:
    """Make a link with which the patient can answer a questionnaire. It is shown once."""
    from app.cli.records import clinic_named
    from app.core.audit import Actor, record_audit
    from app.intake.begin_response import begin_response
    from app.intake.store import current_version
    from app.patients.links import create_link
    from app.wiring import open_ground

    ground = open_ground()
    now = ground.clock.now()
    with ground.database.write() as session:
        clinic = clinic_named(session, slug)
        patient = _patient(session, clinic.id, number)
        questionnaire = current_version(session, clinic.id, name)
        if questionnaire is None:
            raise click.ClickException(f"no questionnaire {name} is published; see `farline questionnaires list`")
        response = begin_response(session, patient, questionnaire, locale or patient.locale, now)
        made = create_link(
            session, patient, purpose="response", response_id=response.id, locale=response.locale, now=now
        )
        record_audit(
            session, "created", "link", made.link.id, actor=Actor("operator"), now=now, clinic_id=clinic.id,
            patient_id=patient.id,
        )  # fmt: skip
        expires_at = made.link.expires_at
    click.echo(f"{ground.public_url}/p/{made.token}")
    click.echo(f"Or the code {made.code[:4]} {made.code[4:]} at {ground.public_url}/p/. Until {expires_at:%Y-%m-%d}.")
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


def _patient(session: Session, clinic_id: int, number: str) -> Patient:
    from app.patients.rules import PatientStatus, may_be_contacted
    from app.patients.store import patient_with_identifier, patient_with_record_id

    found = patient_with_identifier(session, clinic_id, number) or patient_with_record_id(session, clinic_id, number)
    if found is None:
        raise click.ClickException("no patient, or more than one, has this number")
    if not may_be_contacted(PatientStatus(found.status)):
        raise click.ClickException(f"this patient cannot be given a link: {found.status}")
    return found

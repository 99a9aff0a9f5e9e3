"""`farline questionnaires publish|list`: which questionnaires a clinic's patients can be asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from app.core.ground import Ground

clinic_option = click.option("--clinic", "slug", help="Which clinic, by its short name; not needed when there is one.")


@click.command("list")
@clinic_option
def list_published(*, slug: str | None) -> None:
    """The published questionnaires, each with its version and title."""
    from app.cli.records import clinic_named
    from app.intake.store import current_versions
    from app.wiring import open_ground

    with open_ground().database.read() as session:
        for form in current_versions(session, clinic_named(session, slug).id):
            click.echo(f"{form.name:<24} {form.version:<14} {form.title}")


@click.command()
@click.argument("name")
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A FHIR Questionnaire.")
@clinic_option
def publish(name: str, *, file: Path | None, slug: str | None) -> None:
    """Publish the questionnaire NAME that ships with Farline, or the one in --file under that name."""
    from app.cli.records import clinic_named
    from app.intake.publish_questionnaire import CannotPublish, publish_questionnaire
    from app.wiring import open_ground
    from forms import library

    if file is None and name not in library.names():
        raise click.ClickException(
            f"No questionnaire {name} ships with Farline; these do: {', '.join(library.names())}"
        )
    resource = file.read_bytes() if file else library.load(name)
    ground = open_ground()
    with ground.database.write() as session:
        clinic = clinic_named(session, slug)
        try:
            version = publish_questionnaire(session, clinic, resource, name=name, now=ground.clock.now())
        except CannotPublish as refused:
            for problem in refused.problems:
                click.echo(f"{problem.where}: {problem.message} {problem.fix}", err=True)
            raise SystemExit(1) from refused
        click.echo(f"{clinic.slug}  {version.name} {version.version} is published.")


def furnish(ground: Ground, clinic_id: int) -> None:
    """Give a clinic that has none the questionnaires and pathways that ship: its first import plans reminders."""
    from app.core.models import Clinic
    from app.intake.publish_questionnaire import publish_library
    from app.intake.store import current_versions
    from app.pathways.publish_pathway import publish_built_in

    with ground.database.write() as session:
        clinic = session.get_one(Clinic, clinic_id)
        if not current_versions(session, clinic.id):
            publish_library(session, clinic, now=ground.clock.now())
        publish_built_in(session, clinic, now=ground.clock.now())

"""`farline pathways`: what reaches out when, and what one patient would get."""

from __future__ import annotations

import click


@click.group()
def pathways() -> None:
    """Pathways: when patients are reached."""


@pathways.command("list")
def list_() -> None:
    """Every pathway and version, with its steps."""
    from sqlalchemy import select

    from app.core.models import Clinic
    from app.pathways.definition import read_definition
    from app.pathways.store import pathways_of
    from app.wiring import open_ground

    with open_ground().database.read() as session:
        for clinic in session.scalars(select(Clinic).order_by(Clinic.slug)):
            for pathway in pathways_of(session, clinic.id):
                definition = read_definition(pathway.definition)
                mark = "*" if pathway.is_current else " "
                steps = ", ".join(step.key for step in definition.steps)
                click.echo(f"{clinic.slug}  {mark} {pathway.name} v{pathway.version}: {definition.title} ({steps})")


@pathways.command()
def publish() -> None:
    """Publish the pathways that ship, for every clinic that has none of that name."""
    from sqlalchemy import select

    from app.core.models import Clinic
    from app.pathways.publish_pathway import publish_built_in
    from app.wiring import open_ground

    ground = open_ground()
    with ground.database.write() as session:
        for clinic in session.scalars(select(Clinic).order_by(Clinic.slug)):
            for pathway in publish_built_in(session, clinic, now=ground.clock.now()):
                click.echo(f"{clinic.slug}  {pathway.name} v{pathway.version}")


@pathways.command("preview")
@click.argument("record_id")
def preview_(record_id: str) -> None:
    """What the patient of the appointment RECORD_ID (its id in the record) would get, when, and at what cost."""
    from sqlalchemy import select

    from app.appointments.models import Appointment
    from app.pathways.preview import preview
    from app.wiring import open_ground

    ground = open_ground()
    with ground.database.read() as session:
        appointment = session.scalars(select(Appointment).where(Appointment.record_id == record_id)).first()
        if appointment is None:
            raise click.ClickException("There is no appointment with this id.")
        for step in preview(session, appointment, ground.clock.now()):
            ending = f"not sent: {step.skipped}" if step.skipped else f"by {step.channel}"
            cost = f", {step.segments} segments {step.encoding}" if step.segments and not step.skipped else ""
            click.echo(f"{step.local_time} ({step.zone})  {step.step}: {ending}{cost}")
            if step.body and not step.skipped:
                click.echo(f"    {step.body}")


@pathways.command("run")
def run_() -> None:
    """Act on every due step once, as the tick does."""
    from app.pathways.run_due_steps import run_due_steps
    from app.wiring import open_ground

    click.echo(f"{run_due_steps(open_ground())} steps")

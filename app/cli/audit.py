"""`farline audit`: prove that no audit event was changed, removed or slipped in."""

from __future__ import annotations

import click


@click.group()
def audit() -> None:
    """The record of who saw and did what."""


@audit.command()
def verify() -> None:
    """Walk the whole hash chain against the rows it stands for. Exit status 1 at the first break."""
    from app.core.audit import verify_chain
    from app.wiring import open_ground

    with open_ground().database.read() as session:
        report = verify_chain(session)
    if report.broken:
        raise click.ClickException(f"The chain is broken after {report.links} whole links: {report.broken}.")
    click.echo(f"The chain is whole: {report.links} links. {report.waiting} newer events wait to be linked.")


@audit.command()
def seal() -> None:
    """Link the newest audit events to the chain now, instead of within a minute."""
    from app.core.audit import extend_chain
    from app.wiring import open_ground

    ground = open_ground()
    with ground.database.write() as session:
        linked = extend_chain(session, now=ground.clock.now(), limit=100_000)
    click.echo(f"{linked} audit events linked.")

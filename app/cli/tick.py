"""`farline tick`: one round of everything, for a system's own timer and for a look at what fails."""

from __future__ import annotations

import click


@click.command()
def tick() -> None:
    """Do one round of all that is due: events, reminders, messages, filings, deadlines."""
    from app.jobs.tick import tick as do_tick
    from app.wiring import open_ground

    ticked = do_tick(open_ground())
    if ticked.failed:
        raise click.ClickException(f"These pieces failed, see the log: {', '.join(ticked.failed)}.")
    click.echo(f"One round done in {ticked.took_s:.1f} s.")

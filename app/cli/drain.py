"""`farline drain`: hand over the messages that are due, without anything else."""

from __future__ import annotations

import click


@click.command()
@click.option("--limit", type=click.IntRange(1), default=1000, show_default=True, help="At most this many messages.")
@click.option("--seconds", type=click.FloatRange(0.1), default=60.0, show_default=True, help="Claim none after this.")
def drain(*, limit: int, seconds: float) -> None:
    """Hand over the messages that are due and say what became of them."""
    from app.messaging.drain import drain as do_drain
    from app.messaging.sweep_leases import sweep_leases
    from app.wiring import open_ground

    ground = open_ground()
    sweep_leases(ground)
    done = do_drain(ground, limit=limit, deadline_s=seconds)
    click.echo(
        f"{done.accepted} handed over, {done.refused} refused, {done.put_off} put off, {done.uncertain} uncertain."
    )

"""`farline worker`: run the work in a process of its own; as many as wanted, on as many machines."""

from __future__ import annotations

import signal

import click


@click.command()
def worker() -> None:
    """Do what falls due, until told to stop (SIGTERM or Ctrl-C lets the round under way finish)."""
    from app.core.collector import at_rest

    with at_rest():
        import app.jobs.tick  # noqa: F401 - the work itself, which the runner would load in its first round
        from app.jobs.embedded import EmbeddedRunner
        from app.wiring import open_house

        house = open_house()
    runner = EmbeddedRunner(house)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: runner.end_soon())
    if house.settings.redis_url:
        from app.jobs.rq_worker import Listener

        Listener(house.settings.redis_url, runner.nudge).start()
    click.echo("Farline works. Stop it with Ctrl-C.", err=True)
    runner.run()

"""`farline serve`: answer requests, with the embedded runner beside them unless Redis wakes workers of their own."""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from app.settings import Settings
    from app.wiring import House


@click.command()
@click.option("--host", help="Address to listen on (FARLINE_HOST).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on (FARLINE_PORT).")
@click.option(
    "--runner/--no-runner", default=None, help="Run the work in this process too; default: yes without Redis."
)
def serve(*, host: str | None, port: int | None, runner: bool | None) -> None:
    """Start the server in this process."""
    from app.core.collector import at_rest

    with at_rest():
        from app.settings import read_settings, with_overrides
        from app.wiring import build_house

        house = build_house(with_overrides(read_settings(), host=host, port=port))
    run_server(house, with_runner=not house.settings.redis_url if runner is None else runner)


def run_server(house: House, *, with_runner: bool) -> None:
    """Migrate, start the runner, answer until told to stop."""
    from app.core.collector import at_rest
    from app.core.schema_version import bring_up_to_date
    from app.jobs.embedded import EmbeddedRunner
    from app.jobs.nudge import RedisNudge

    settings = house.settings
    check_address(settings)
    signal.signal(signal.SIGTERM, _leave)  # systemd's way to stop: what was begun is finished
    bring_up_to_date(house.ground.database)
    with at_rest():
        server = _listen(house)
    runner = EmbeddedRunner(house) if with_runner else None
    if runner:
        runner.start()
    if settings.redis_url:
        house.waker.add(RedisNudge(settings.redis_url).start())
    click.echo(f"Farline listens on http://{settings.host}:{settings.port}", err=True)
    try:
        server.run()
    finally:
        if runner:
            runner.stop()
        server.close()


def _listen(house: House) -> Any:
    """The web server, its port taken; it answers once it runs."""
    import waitress

    from app.factory import create_app

    return waitress.create_server(
        create_app(house),
        host=house.settings.host,
        port=house.settings.port,
        threads=house.settings.threads,
        ident=None,
        clear_untrusted_proxy_headers=False,  # what came through a proxy must be known as that (/metrics)
    )


def check_address(settings: Settings) -> None:
    """Raises a sentence when nobody can listen there, before anything else is begun."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[
            0
        ]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except OSError as error:
        raise click.ClickException(
            f"Cannot listen on {settings.host} port {settings.port}: {error.strerror}. "
            "Choose another with --port or FARLINE_PORT (PORT= for make run)."
        ) from error


def _leave(_signal: int, _frame: object) -> NoReturn:
    raise SystemExit(0)

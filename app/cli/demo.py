"""`farline demo`: the demo clinic in one process, ready to be played with. What `make run` starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from app.demo.record_server import RecordServer
    from app.settings import Settings
    from app.wiring import House


INVITE = "farline staff invite NAME"
DEMO_POLL_S = 0.5  # somebody is watching the phone


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on (FARLINE_PORT).")
@click.option("--record/--no-record", default=True, help="Run a FHIR server beside it for the finished forms.")
def demo(*, port: int | None, record: bool) -> None:
    """Make the demo clinic when there is none, then serve it with a simulated phone network."""
    from app.cli.serve import check_address, run_server
    from app.core.schema_version import bring_up_to_date
    from app.settings import Settings
    from app.wiring import build_house

    settings = _demo_settings(port)
    check_address(settings)
    house = build_house(settings)
    bring_up_to_date(house.ground.database)
    _settle(house)
    server = _start_record(house) if record else None
    is_usual = settings.port == Settings().port
    _say_where_to_click(house, invite=INVITE if is_usual else f"FARLINE_PORT={settings.port} {INVITE}")
    try:
        run_server(house, with_runner=True)
    finally:
        if server:
            server.stop()


def _demo_settings(port: int | None) -> Settings:
    """Demo mode, written into the home folder so that every other command there knows. A real home is refused."""
    from app.settings import make_home, read_settings, with_overrides

    settings = read_settings()
    file = settings.home / "farline.toml"
    if not settings.demo and (settings.home / "farline.db").exists():
        raise click.ClickException(f"{settings.home} holds a server that is no demo. Choose another FARLINE_HOME.")
    if not settings.demo and not file.exists():
        make_home(settings)
        file.write_text("demo = true\n")
    return with_overrides(settings, demo=True, port=port, poll_s=min(settings.poll_s, DEMO_POLL_S))


def _settle(house: House) -> None:
    from app.demo.clinic import is_settled, settle_clinic
    from app.jobs.handle_events import handle_events

    if not is_settled(house.ground):
        click.echo("Importing the demo clinic's day ...")
        report = settle_clinic(house.ground)
        click.echo(report.summary())
        click.echo("Planning reminders ...")
        while handle_events(house.ground):
            pass


def _start_record(house: House) -> RecordServer | None:
    from app.demo.clinic import DAY, connect_record
    from app.demo.record_server import RecordServer

    server = RecordServer(house.settings.home / "record")
    if not server.is_installed():
        click.echo("No FHIR server here (pip install 'farline[demo]'): finished forms wait until one is connected.")
        return None
    server.start()
    server.fill(DAY.read_bytes())
    with house.ground.database.write() as session:
        connect_record(session, server.base_url)
    return server


def _say_where_to_click(house: House, *, invite: str) -> None:
    from app.demo.clinic import invite_everyone

    url = house.ground.public_url
    with house.ground.database.write() as session:
        invited = invite_everyone(session, house.ground)
        links = [(each.account.name, f"{url}/staff/invitation/{each.token}") for each in invited]
    click.echo(f"\n  Play a patient's phone:  {url}/simulator/")
    for name, link in links:
        click.echo(f"  Sign in as {name + ':':<15} {link}")
    click.echo(f"\n  Each sign-in link works once; more with: {invite}\n")

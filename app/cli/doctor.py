"""`farline doctor`: says in words what is wrong and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from app.wiring import House

STALE_TICK = timedelta(minutes=5)


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `mark` is ok, warning or wrong."""

    mark: str
    sentence: str


@click.command()
def doctor() -> None:
    """Look at everything the server needs and say what is missing. Exit 1 when something is wrong."""
    from app.wiring import open_house

    findings = list(examine(open_house()))
    for finding in findings:
        click.echo(f"{finding.mark:8}{finding.sentence}")
    wrong = sum(finding.mark == "wrong" for finding in findings)
    click.echo("Nothing is wrong." if not wrong else f"{wrong} to mend.")
    raise SystemExit(1 if wrong else 0)


def examine(house: House) -> Iterator[Finding]:
    """Look at one thing after another; a look that itself fails is a finding, not the end."""
    looks: list[Callable[[House], Iterator[Finding]]] = [
        _home, _database, _clinics, _texts, _runner, _redis, _carriers, _public_url, _sealing, _languages,
    ]  # fmt: skip
    if not _has_tables(house):
        looks = [look for look in looks if look not in (_clinics, _texts, _runner, _sealing)]
    for look in looks:
        try:
            yield from look(house)
        except Exception as error:  # noqa: BLE001 - an edge: the doctor reports what it could not look at
            yield Finding("wrong", f"Could not look at {look.__name__.strip('_')}: {type(error).__name__}.")


def _has_tables(house: House) -> bool:
    """Whether the tables are there to look at; `_database` says what to do when they are not."""
    from app.core.schema_version import is_current

    try:
        return is_current(house.ground.database)
    except Exception:  # noqa: BLE001 - an edge: `_database` says what is wrong with it
        return False


def _home(house: House) -> Iterator[Finding]:
    home, keys = house.settings.home, house.settings.keys_file
    yield Finding("ok", f"Home folder: {home}")
    if keys.stat().st_mode & 0o077:
        yield Finding("wrong", f"Others can read the keys. Run: chmod 600 {keys}")


def _database(house: House) -> Iterator[Finding]:
    from app.core.schema_version import is_current

    kind = house.ground.database.engine.dialect.name
    if is_current(house.ground.database):
        yield Finding("ok", f"Database: {kind}, schema up to date.")
    else:
        yield Finding("wrong", f"Database: {kind}, schema is behind. Run: farline db upgrade")


def _clinics(house: House) -> Iterator[Finding]:
    from sqlalchemy import func, select

    from app.core.models import Clinic
    from app.staff.models import StaffAccount

    with house.ground.database.read() as session:
        clinics = session.scalar(select(func.count(Clinic.id))) or 0
        staff = session.scalar(select(func.count(StaffAccount.id))) or 0
    if not clinics:
        yield Finding("warning", "No clinic yet. Import one: farline import fhir FILE, or try: farline demo")
    elif not staff:
        yield Finding("warning", "No staff account yet. Run: farline staff invite")
    else:
        yield Finding("ok", f"{clinics} clinic(s), {staff} staff account(s).")


def _texts(house: House) -> Iterator[Finding]:
    from sqlalchemy import select

    from app.cli.texts import problems_of
    from app.core.models import Clinic

    with house.ground.database.read() as session:
        for clinic in session.scalars(select(Clinic).order_by(Clinic.slug)):
            for problem in problems_of(session, clinic):
                yield Finding("warning", f"{clinic.slug}: {problem}")


def _runner(house: House) -> Iterator[Finding]:
    from sqlalchemy import func, select

    from app.core.models import PeriodicRun

    with house.ground.database.read() as session:
        last = session.scalar(select(func.max(PeriodicRun.started_at)))
    if last is None:
        yield Finding("warning", "The runner has never worked here. It starts with: farline serve (or farline worker)")
    elif house.ground.clock.now() - last > STALE_TICK:
        yield Finding("wrong", f"The runner last worked at {last:%Y-%m-%d %H:%M} UTC. Is farline serve or worker up?")
    else:
        yield Finding("ok", "The runner works.")


def _redis(house: House) -> Iterator[Finding]:
    if not house.settings.redis_url:
        yield Finding("ok", "No Redis: the embedded runner polls.")
        return
    import redis

    try:
        redis.Redis.from_url(house.settings.redis_url, socket_connect_timeout=1).ping()
        yield Finding("ok", "Redis answers.")
    except redis.RedisError:
        yield Finding("warning", "Redis does not answer; work goes on by polling, a few seconds slower.")


def _carriers(house: House) -> Iterator[Finding]:
    if not house.ground.carriers:
        yield Finding("warning", "No carrier: nothing can be sent. Add [carriers.NAME] to farline.toml.")
    for carrier in house.ground.carriers.values():
        speaks = " and ".join(word for word, part in (("texts", carrier.text), ("calls", carrier.voice)) if part)
        yield Finding("ok", f"Carrier {carrier.name} ({carrier.kind}) carries {speaks}.")


def _public_url(house: House) -> Iterator[Finding]:
    url = house.ground.public_url
    if url.startswith("https://") or house.settings.demo:
        yield Finding("ok", f"Public address: {url}")
    else:
        yield Finding("warning", f"{url} is not https: carriers and patients' phones will not reach it safely.")


def _sealing(house: House) -> Iterator[Finding]:
    from app.core.audit import verify_chain

    with house.ground.database.read() as session:
        report = verify_chain(session)
    if report.broken:
        yield Finding("wrong", f"The audit chain is broken: {report.broken}. Run: farline audit verify")
    else:
        yield Finding("ok", f"The audit chain holds ({report.links} events).")


def _languages(_house: House) -> Iterator[Finding]:
    from app.core.locale import available_catalogues

    yield Finding("ok", f"Languages with words of our own: {', '.join(sorted(available_catalogues()))}.")

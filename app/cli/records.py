"""`farline records`: the clinical record's connection: connect, probe, switch, look, retry, skip."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, NoReturn

import click

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from app.core.models import Clinic
    from app.records.models import RecordEndpoint

clinic_option = click.option("--clinic", "slug", help="Which clinic, by its short name; not needed when there is one.")


@click.group()
def records() -> None:
    """The clinical record: where finished forms and answers about appointments are filed."""


@records.command()
@click.argument("url")
@click.option("--name", default="record", show_default=True, help="What staff call this record.")
@click.option("--token-env", help="Environment variable that holds the bearer token; the token itself is never stored.")
@click.option("--pull/--no-pull", default=True, show_default=True, help="Read patients and appointments from it, too.")
@clinic_option
def connect(url: str, *, name: str, token_env: str | None, pull: bool, slug: str | None) -> None:
    """Connect the FHIR R4 server at URL and ask what it can do."""
    from app.core.audit import Actor, record_audit
    from app.records import endpoints
    from app.wiring import open_ground

    ground = open_ground()
    with ground.database.write() as session:
        clinic = clinic_named(session, slug)
        try:
            row = endpoints.connect(session, clinic.id, url, name=name, token_env=token_env, pull=pull)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
        actor = Actor("operator")
        record_audit(
            session, "connected", "record_endpoint", row.id, actor=actor, now=ground.clock.now(), clinic_id=clinic.id
        )
        endpoint = endpoints.as_endpoint(row)
    click.echo(f"Connected {url} as {name}.")
    _probe(ground, endpoint)


@records.command()
@clinic_option
def probe(slug: str | None) -> None:
    """Ask the connected record again what it can do."""
    from app.records.endpoints import as_endpoint
    from app.wiring import open_ground

    ground = open_ground()
    with ground.database.read() as session:
        endpoint = as_endpoint(_endpoint(session, slug))
    _probe(ground, endpoint)


@records.command()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@clinic_option
def status(*, as_json: bool, slug: str | None) -> None:
    """When the record was last reached, what waits, and what needs you."""
    from app.records.record_status import record_status
    from app.wiring import open_ground

    ground = open_ground()
    with ground.database.read() as session:
        found = record_status(session, clinic_named(session, slug))
    click.echo(json.dumps(found.to_json(), indent=1) if as_json else found.in_words())


@records.command("pull")
def pull_now() -> None:
    """Read now what changed in the record, instead of waiting for the next five minutes."""
    from app.records.pull import pull_due
    from app.wiring import open_ground

    click.echo(f"{pull_due(open_ground())} resources were new or changed.")


@records.command("dry-run")
@click.argument("switch", type=click.Choice(["on", "off"]))
@clinic_option
def dry_run(switch: str, slug: str | None) -> None:
    """Build and check everything, write nothing."""
    _switch(slug, "is_dry_run", to=switch == "on")
    click.echo("Dry run: nothing is written to the record." if switch == "on" else "Filing for real again.")


@records.command()
@clinic_option
def on(slug: str | None) -> None:
    """File again what waits."""
    _switch(slug, "is_on", to=True)
    click.echo("The record is on. What waits is filed with the next tick.")


@records.command()
@clinic_option
def off(slug: str | None) -> None:
    """Stop all traffic with the record. What is to be filed waits."""
    _switch(slug, "is_on", to=False)
    click.echo("The record is off. What is to be filed waits.")


@records.command()
@click.argument("filing_id", type=int, required=False)
@click.option("--all", "every", is_flag=True, help="Everything that was refused or in conflict.")
@clinic_option
def retry(filing_id: int | None, *, every: bool, slug: str | None) -> None:
    """Try a refused or conflicting filing again, after its cause was put right."""
    from app.records.decide_filing import retry_filings

    _decide(retry_filings, filing_id, every=every, slug=slug, said="will be tried again")


@records.command()
@click.argument("filing_id", type=int)
@clinic_option
def skip(filing_id: int, slug: str | None) -> None:
    """Leave a filing out for good, because somebody entered it by hand."""
    from app.records.decide_filing import skip_filings

    _decide(skip_filings, filing_id, every=False, slug=slug, said="left out")


@records.command("confirm-merge")
@click.argument("old")
@click.argument("into")
@clinic_option
def confirm_merge(old: str, into: str, slug: str | None) -> None:
    """Say that the charts OLD and INTO (chart numbers) are one patient, after the record merged them and an import
    doubted it. What is to come moves to INTO."""
    from app.core.audit import Actor
    from app.patients.store import patient_with_identifier
    from app.records.confirm_merge import confirm_merge as confirm
    from app.wiring import open_ground

    ground = open_ground()
    with ground.database.write() as session:
        clinic = clinic_named(session, slug)
        charts = [patient_with_identifier(session, clinic.id, number) for number in (old, into)]
        if charts[0] is None or charts[1] is None:
            raise click.ClickException("no patient, or more than one, has one of these numbers")
        if not confirm(session, charts[0], charts[1], actor=Actor("operator"), now=ground.clock.now()):
            raise click.ClickException(
                f"{old} is not waiting for this decision: the record did not merge it, or it is done"
            )
    click.echo(f"{old} is now {into}.")


def clinic_named(session: Session, slug: str | None) -> Clinic:
    """The clinic a command is about; stops with a sentence when that is not clear."""
    from sqlalchemy import select

    from app.core.models import Clinic

    clinics = session.scalars(select(Clinic).order_by(Clinic.slug)).all()
    wanted = [each for each in clinics if slug in (None, each.slug)]
    if len(wanted) == 1:
        return wanted[0]
    if not clinics:
        raise click.ClickException("there is no clinic yet: import one first (`farline import fhir FILE`)")
    known = ", ".join(each.slug for each in clinics)
    raise click.ClickException(f"say which clinic with --clinic; there are: {known}")


def _probe(ground, endpoint) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - types load late
    from app.records.endpoints import note_failure, probe
    from app.records.errors import RecordError, RecordUnreachable
    from app.records.models import RecordEndpoint

    try:
        capabilities = probe(ground, endpoint)
    except RecordUnreachable as error:
        with ground.database.write() as session:
            row = session.get_one(RecordEndpoint, endpoint.id)
            note_failure(row, error, machine_now=ground.clock.machine_now(), jitter=0)
        _give_up(f"It does not answer ({error.code}). What is to be filed waits until it does.")
    except RecordError as error:
        _give_up(f"It cannot be used ({error.code}): a FHIR R4 server is needed.")
    click.echo(f"It is {capabilities['software'] or 'a server'} and speaks FHIR {capabilities['fhir']}.")
    for kind, can in sorted(capabilities["resources"].items()):
        click.echo(f"  {kind:<22} {', '.join(can['interactions'])}")


def _give_up(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    raise SystemExit(1)


def _endpoint(session: Session, slug: str | None) -> RecordEndpoint:
    from app.records.endpoints import endpoints_of

    found = endpoints_of(session, clinic_named(session, slug).id)
    if not found:
        raise click.ClickException("no record is connected; do that with `farline records connect URL`")
    return found[0]


def _switch(slug: str | None, name: Literal["is_on", "is_dry_run"], *, to: bool) -> None:
    from app.core.audit import Actor
    from app.records.endpoints import switch
    from app.wiring import open_ground

    ground = open_ground()
    with ground.database.write() as session:
        switch(session, _endpoint(session, slug), name, to=to, actor=Actor("operator"), now=ground.clock.now())


def _decide(decide, filing_id: int | None, *, every: bool, slug: str | None, said: str) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    from app.core.audit import Actor
    from app.wiring import open_ground

    if (filing_id is None) != every:
        raise click.UsageError("name one filing, or --all")
    ground = open_ground()
    with ground.database.write() as session:
        clinic = clinic_named(session, slug)
        count = decide(session, clinic.id, filing_id, actor=Actor("operator"), now=ground.clock.now())
    if filing_id is not None and count == 0:
        raise click.ClickException(f"there is no filing {filing_id} that needs you; see `farline records status`")
    click.echo(f"{count} {said}.")

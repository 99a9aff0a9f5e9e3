"""`farline staff`: invite colleagues, list them, end what they may do."""

from __future__ import annotations

import click

from app.staff.rules import Role


@click.group()
def staff() -> None:
    """Staff accounts: one-time sign-in links, roles, sessions."""


@staff.command()
@click.argument("login")
@click.option("--name", help="Name colleagues see; the login when left out.")
@click.option("--role", "roles", multiple=True, type=click.Choice([role.value for role in Role]), default=["agent"])
@click.option("--lang", "locale", help="Language of the pages, e.g. fr; the clinic's when left out.")
@click.option("--clinic", "slug", help="Which clinic, by its short name; not needed when there is only one.")
def invite(login: str, name: str | None, roles: tuple[str, ...], locale: str | None, slug: str | None) -> None:
    """Print a one-time sign-in link for LOGIN, whose account is made when there is none."""
    from app.core.audit import Actor
    from app.staff.invite_staff import Colleague, invite_staff
    from app.wiring import open_ground

    ground = open_ground()
    now, machine_now = ground.clock.now(), ground.clock.machine_now()
    colleague = Colleague(login, tuple(Role(role) for role in roles), name, locale)
    with ground.database.write() as session:
        clinic = _clinic(session, slug)
        invited = invite_staff(session, clinic, colleague, actor=Actor("operator"), now=now, machine_now=machine_now)
    click.echo(f"Give this link to {login}. It works once, until {invited.expires_at:%Y-%m-%d %H:%M} UTC:")
    click.echo(f"{ground.public_url}/staff/invitation/{invited.token}")


@staff.command("list")
@click.option("--clinic", "slug", help="Which clinic, by its short name; not needed when there is only one.")
def list_(slug: str | None) -> None:
    """Who has an account, with which roles."""
    from app.staff.store import accounts_of, roles_of
    from app.wiring import open_ground

    with open_ground().database.read() as session:
        for account in accounts_of(session, _clinic(session, slug).id):
            state = "disabled" if account.disabled_at else "active"
            click.echo(f"{account.login:<20} {state:<9} {', '.join(sorted(roles_of(session, account.id)))}")


@staff.command()
@click.argument("login")
@click.option("--clinic", "slug", help="Which clinic, by its short name; not needed when there is only one.")
def disable(login: str, slug: str | None) -> None:
    """End LOGIN's sessions at once and refuse new ones, until invited again."""
    from app.core.audit import Actor
    from app.staff.disable_staff import disable_staff
    from app.staff.store import account_named
    from app.wiring import open_ground

    ground = open_ground()
    with ground.database.write() as session:
        account = account_named(session, _clinic(session, slug).id, login)
        if account is None:
            raise click.ClickException(f"nobody here is called {login}; `farline staff list` shows who is")
        now, machine_now = ground.clock.now(), ground.clock.machine_now()
        ended = disable_staff(session, account, actor=Actor("operator"), now=now, machine_now=machine_now)
    click.echo(f"{login} is disabled; {ended} sessions ended.")


def _clinic(session, slug: str | None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - models load late
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

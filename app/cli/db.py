"""`farline db`: bring the database to the schema this code needs."""

from __future__ import annotations

import click


@click.group()
def db() -> None:
    """The database's schema."""


@db.command()
@click.option("--to", "revision", default="head", show_default=True, help="Migration to go up to.")
def upgrade(revision: str) -> None:
    """Run the migrations that have not run yet."""
    from app.core import migrate
    from app.wiring import open_ground

    migrate.upgrade(open_ground().database, revision)
    click.echo("The database is up to date.")


@db.command()
@click.option("--to", "revision", required=True, help="Migration to go back to, or base.")
def downgrade(revision: str) -> None:
    """Go back to an earlier schema. Removes what later migrations added."""
    from app.core import migrate
    from app.wiring import open_ground

    migrate.downgrade(open_ground().database, revision)
    click.echo(f"The database is back at {revision}.")

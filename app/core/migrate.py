"""Takes a database up or down its migrations, by Alembic. Loaded only when there is something to migrate."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Connection

from app.core.database import Database
from app.core.schema_version import MIGRATIONS


def upgrade(database: Database, revision: str = "head") -> None:
    """Run the migrations up to `revision`, each in its own transaction. Safe to call at every start."""
    with database.engine.connect() as connection:
        command.upgrade(_config(connection), revision)
        connection.commit()


def downgrade(database: Database, revision: str) -> None:
    """Run the migrations down to `revision`; one that would lose data refuses with a sentence."""
    with database.engine.connect() as connection:
        command.downgrade(_config(connection), revision)
        connection.commit()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config

"""The `farline` command. Each group has its own file, imported only when used: the start stays fast."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

# command name -> "module:attribute" of the click command
COMMANDS = {
    "audit": "app.cli.audit:audit",
    "db": "app.cli.db:db",
    "demo": "app.cli.demo:demo",
    "doctor": "app.cli.doctor:doctor",
    "drain": "app.cli.drain:drain",
    "import": "app.cli.import_data:import_data",
    "links": "app.cli.links:links",
    "parse": "app.cli.parse:parse",
    "pathways": "app.cli.pathways:pathways",
    "questionnaires": "app.cli.questionnaires:questionnaires",
    "records": "app.cli.records:records",
    "segments": "app.cli.segments:segments",
    "serve": "app.cli.serve:serve",
    "staff": "app.cli.staff:staff",
    "talk": "app.cli.talk:talk",
    "texts": "app.cli.texts:texts",
    "tick": "app.cli.tick:tick",
    "worker": "app.cli.worker:worker",
}


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        target = COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, _, attribute = target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what the person can mend is one sentence, not a traceback."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            sentence = _sentence_for(error)
            if sentence is None:
                raise
            raise click.ClickException(sentence) from error


def _sentence_for(error: Exception) -> str | None:
    """Settings, keys and carriers carry their own sentence. None: not the person's to mend."""
    name = type(error).__name__
    if name.endswith("SettingsError") or name == "KeysBroken":
        return str(error)
    if name in ("OperationalError", "ProgrammingError") and type(error).__module__.startswith("sqlalchemy"):
        return _database_sentence(error)
    return None


def _database_sentence(error: Exception) -> str:
    cause = str(getattr(error, "orig", "")).strip().splitlines()
    if cause and ("no such table" in cause[0] or "does not exist" in cause[0]):
        return "The database has no tables yet. Run: farline db upgrade"
    return f"The database cannot be used ({cause[0] if cause else 'no reason given'}). Check FARLINE_DATABASE_URL."


@click.group(cls=LazyGroup)
@click.version_option(package_name="farline")
def main() -> None:
    """Farline: forms, reminders and check-ins over text message, phone and a page that works offline."""

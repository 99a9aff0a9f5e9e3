"""The `farline` command. Each group lives in its own file and is imported only when it is used, so the start stays fast."""

from __future__ import annotations

from importlib import import_module

import click

# command name -> "module:attribute" of the click command
COMMANDS = {
    "parse": "app.cli.parse:parse",
    "questionnaires": "app.cli.questionnaires:questionnaires",
    "segments": "app.cli.segments:segments",
}


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        target = COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, _, attribute = target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


@click.group(cls=LazyGroup)
@click.version_option(package_name="farline")
def main() -> None:
    """Farline: forms, reminders and check-ins over text message, phone and a page that works offline."""

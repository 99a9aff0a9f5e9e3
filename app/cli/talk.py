"""`farline talk`: plays a questionnaire in the terminal, as a patient would meet it by text or on the phone."""

from __future__ import annotations

import sys

import click


@click.command(short_help="Play a questionnaire in the terminal")
@click.argument("questionnaire")
@click.option("--channel", type=click.Choice(["sms", "voice"]), default="sms", show_default=True)
@click.option("--lang", "locale", default="en", show_default=True, help="The patient's language.")
def talk(*, questionnaire: str, channel: str, locale: str) -> None:
    """Play QUESTIONNAIRE: a file, or the name of one that ships with Farline (intake, phq-9, symptom-check-in ...).

    Type what the patient would send. On voice, type keys, or words where the caller would speak; nothing is silence.
    """
    from app.cli.questionnaire_files import read_form
    from app.cli.walking import Play
    from app.core.clock import SystemClock

    form = read_form(questionnaire)
    if form.questionnaire is None:
        for problem in form.problems:
            click.echo(f"{problem.severity.value} {problem.where}: {problem.message} {problem.fix}", err=True)
        sys.exit(1 if form.draft else 2)
    play = Play(form.questionnaire, channel=channel, locale=locale, now=SystemClock().now())
    while play.waits:
        click.echo(play.say())
        line = _heard()
        if line is None:
            break
        play.hear(line)
    else:
        click.echo(play.say())
    click.echo(f"[{play.turn.state.status}]")


def _heard() -> str | None:
    """The next line typed; None when there is no more."""
    click.echo("> ", nl=False)
    line = sys.stdin.readline()
    if not sys.stdin.isatty():
        click.echo(line.rstrip("\r\n"))
    return line.rstrip("\r\n") if line else None

"""`farline parse`: what a reply means for one kind of question, one JSON line each."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from datetime import date, datetime

    from forms.parsing import AnswerSpec, Choice

TYPES = ("boolean", "integer", "decimal", "quantity", "date", "time", "dateTime", "choice", "bloodPressure")
_PREFIX = re.compile(r"\s*(?:(\d{1,2}|[a-zA-Z])[).:]|(\d{1,2})(?: =| -| –))\s+(\S.*)")  # "a) Never", "0 - Never"


@click.command(short_help="Say what replies mean for a question")
@click.option("--type", "answer_type", type=click.Choice(TYPES), required=True, help="How the question is answered.")
@click.option("--lang", "locale", default="en-CA", show_default=True, help="The language it was asked in.")
@click.option("--option", "options", multiple=True, help="An option as printed; repeat it in order.")
@click.option("--unit", "units", multiple=True, help="A unit the question takes; repeat it for several.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The date where the patient is.")
@click.option("--order", type=click.Choice(["dmy", "mdy", "ymd"]), help="How the clinic writes numeric dates.")
@click.option("--tense", type=click.Choice(["past", "future", "any"]), default="any", show_default=True)
@click.option("--repeats", is_flag=True, help="The question takes several options at once.")
@click.argument("texts", nargs=-1, required=True)
def parse(*, locale: str, today: datetime | None, order: Any, tense: Any, texts: tuple[str, ...], **about: Any) -> None:
    """Read each TEXT, or each line of standard input when TEXT is "-", and print one JSON object for it:
    {outcome: value|ask|none, value, read_back, candidates}.
    """
    from app.cli.lines import lines_of
    from forms.parsing import read

    spec = _spec(**about)
    day = today.date() if today else _today()
    for text in lines_of(texts):
        outcome = read(spec, text, locale=locale, today=day, order=order, tense=tense)
        answer = {
            "outcome": outcome.kind.value,
            "value": outcome.value,
            "read_back": outcome.read_back,
            "candidates": list(outcome.candidates),
        }
        click.echo(json.dumps(answer, ensure_ascii=False, allow_nan=False))


def _spec(*, answer_type: str, options: tuple[str, ...], units: tuple[str, ...], repeats: bool) -> AnswerSpec:
    from forms.parsing import AnswerSpec, AnswerType, Unit

    if answer_type == "choice" and not options:
        raise click.UsageError("A choice needs at least one --option.")
    kind = AnswerType(answer_type)
    return AnswerSpec(kind, options=_choices(options), units=tuple(map(Unit, units)), repeats=repeats)


def _choices(options: tuple[str, ...]) -> tuple[Choice, ...]:
    """The options under the number that would be printed beside them, or their own ("a) Never") when all have one."""
    from forms.parsing import Choice

    marked = [_PREFIX.fullmatch(option) for option in options]
    own = [
        Choice(option, found.group(3), found.group(1) or found.group(2))
        for option, found in zip(options, marked, strict=True)
        if found
    ]
    if len({choice.printed for choice in own}) == len(options):
        return tuple(own)
    return tuple(Choice(option, option, str(number)) for number, option in enumerate(options, start=1))


def _today() -> date:
    from app.core.clock import SystemClock

    return SystemClock().now().date()

"""`farline segments`: what texts cost as SMS, one JSON line each."""

from __future__ import annotations

import json

import click


@click.command(short_help="Count the SMS segments of texts")
@click.argument("texts", nargs=-1, required=True)
def segments(texts: tuple[str, ...]) -> None:
    """Print one JSON object for each TEXT, or for each line of standard input when TEXT is "-".

    {encoding, units, segments, offenders}: "GSM-7" counts septets, "UCS-2" UTF-16 units; offenders are the characters
    that keep the text out of GSM-7.
    """
    from app.cli.lines import lines_of
    from channels.sms.segments import measure

    for text in lines_of(texts):
        measured = measure(text)
        answer = {
            "encoding": measured.encoding.value,
            "units": measured.units,
            "segments": measured.segments,
            "offenders": list(measured.offenders),
        }
        click.echo(json.dumps(answer, ensure_ascii=False))

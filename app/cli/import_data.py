"""`farline import`: patients and appointments from a file of the record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from app.core.locale import Translate
    from app.records.errors import BundleProblem

REFUSED_FILE = 1
SOME_REFUSED = 3


@click.group("import")
def import_data() -> None:
    """Bring in patients and appointments from a file."""


@import_data.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--clinic", "slug", help="Which clinic, by its short name; not needed when there is only one.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--lang", "locale", default="en", show_default=True, help="Language of the report.")
def fhir(file: Path, *, slug: str | None, as_json: bool, locale: str) -> None:
    """Import a FHIR R4 bundle (JSON). Importing it again changes nothing.

    Ends with 0 when every entry was taken, 3 when some were refused, 1 when the file cannot be read at all.
    """
    from app.cli.published import furnish
    from app.core.locale import translator
    from app.records.bundles import MOST_BYTES, read_bundle
    from app.records.errors import BundleProblem
    from app.records.fhir.reading import words
    from app.records.import_fhir import import_entries
    from app.records.make_clinic import clinic_for
    from app.wiring import open_ground

    translate = translator(locale)
    ground = open_ground()
    try:
        with file.open("rb") as opened:
            entries = read_bundle(opened.read(MOST_BYTES + 1))
        clinic = clinic_for(ground, entries, slug=slug)
    except BundleProblem as problem:
        _refuse(problem, translate, as_json=as_json)
    furnish(ground, clinic.id)
    report = import_entries(ground, clinic.id, entries, source=words(file.name))
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=1))
    else:
        click.echo("\n\n".join(part for part in (report.details(translate), report.summary(translate)) if part))
    raise SystemExit(0 if report.is_complete else SOME_REFUSED)


def _refuse(problem: BundleProblem, translate: Translate, *, as_json: bool) -> None:
    sentence = translate(problem.sentence).format(**problem.values)
    if as_json:
        click.echo(json.dumps({"problem": problem.code, "sentence": sentence}, ensure_ascii=False))
    else:
        click.echo(sentence, err=True)
    raise SystemExit(REFUSED_FILE)

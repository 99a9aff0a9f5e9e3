"""`farline texts`: what every text of ours says and costs, per clinic and language, and what must not stand in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from app.core.models import Clinic


@click.command()
@click.option("--problems-only", is_flag=True, help="Leave out the texts that are as they should be.")
def texts(*, problems_only: bool) -> None:
    """Show each text with its segments, and the cheaper variant in plain letters where there is one.

    Exit 1 when a clinic's name, place or own wording says what patients are seen for, or names a field nobody fills.
    """
    from sqlalchemy import select

    from app.core.models import Clinic
    from app.wiring import open_ground

    found = False
    with open_ground().database.read() as session:
        for clinic in session.scalars(select(Clinic).order_by(Clinic.slug)):
            if not problems_only:
                _show(clinic)
            for problem in problems_of(session, clinic):
                found = True
                click.echo(f"{clinic.slug}  wrong: {problem}")
    raise SystemExit(1 if found else 0)


def problems_of(session: Session, clinic: Clinic) -> Iterator[str]:
    """What is wrong in the clinic's own words: its name, its places, its wording for emergencies."""
    from sqlalchemy import select

    from app.appointments.models import Site
    from app.messaging.template_rules import clinical_words, template_problems

    sites = session.scalars(select(Site.name).where(Site.clinic_id == clinic.id).order_by(Site.name))
    for kind, name in (("clinic's name", clinic.name), *(("place", site) for site in sites)):
        for word in clinical_words(name):
            yield f'The {kind} "{name}" says "{word}", and every text would: give it a name without it.'
    for language, wording in sorted(clinic.settings.get("emergency_words", {}).items()):
        for problem in template_problems(str(wording), fields=()):
            yield f"emergency_words, {language}: {problem}"


def _show(clinic: Clinic) -> None:
    from app.conversations.text_templates import texts_of
    from app.core.locale import available_catalogues
    from app.messaging.template_rules import cheapest
    from channels.sms.segments import fold, measure

    for locale in sorted(available_catalogues()):
        for name, written in texts_of(clinic, locale).items():
            body, plain = fold(written), cheapest(fold(written))
            counted = measure(body)
            cheaper = f", {measure(plain).segments} in plain letters" if plain != body else ""
            dear = f" because of {' '.join(counted.offenders)}" if counted.offenders else ""
            cost = f"{counted.segments} x {counted.encoding}{dear}{cheaper}"
            click.echo(f"{clinic.slug}  {locale}  {name}: {cost}\n    {plain}")

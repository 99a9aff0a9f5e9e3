"""The languages a patient's page can be read in: those the system speaks and those its form has.

Before it is known who reads, the choice travels in the address; after that the link keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from babel import Locale, UnknownLocaleError
from flask import request

from app.core.locale import available_catalogues, catalogue_for
from app.web.shell.here import locale
from forms.languages import direction, is_tag, match_language, primary


@dataclass(frozen=True)
class Way:
    """One language on offer, named in its own words and written its own way."""

    tag: str
    name: str
    direction: str


def asked_language() -> str | None:
    """A language asked for in the address; None when it is none that the system speaks."""
    asked = request.args.get("lang", "")[:20]
    return match_language(asked, sorted(available_catalogues())) if is_tag(asked) else None


def ways_to_read(of_form: Iterable[str] = ()) -> list[Way]:
    """Every language but the one that is being read."""
    tags: dict[str, str] = {}
    for tag in (*of_form, *sorted(available_catalogues())):
        tags.setdefault(primary(tag), tag)
    return [Way(tag, _own_name(tag), direction(tag)) for each, tag in tags.items() if each != primary(locale())]


def chrome_language() -> str:
    """The language of the sentences around a form: the reader's where the system speaks it."""
    return catalogue_for(locale())


def _own_name(tag: str) -> str:
    """`Français`, `ᐃᓄᒃᑎᑐᑦ`; the code itself where nobody has written the name down."""
    try:
        name = Locale.parse(primary(tag)).get_display_name()
    except (UnknownLocaleError, ValueError):
        name = None
    return name[:1].upper() + name[1:] if name else tag

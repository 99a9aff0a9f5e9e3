"""The languages a patient's page can be read in: those the system speaks and those its form has.

Before it is known who reads, the choice travels in the address; after that the link keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from babel import Locale, UnknownLocaleError
from flask import request
from markupsafe import Markup

from app.core.locale import available_catalogues, catalogue_for, is_spoken
from app.web.shell.here import locale
from forms.languages import direction, is_tag, match_language, primary
from forms.render.web import WebForm


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


def spoken_in(form: WebForm) -> dict[str, Markup]:
    """Attributes that tell a screen reader, and the browser's choice of letters, which words are in which language:
    `theirs` for the form's own, `ours` for the system's among them, `said_in` for what the system says of an answer.
    Empty where everything is in one language."""
    if primary(form.locale) == primary(chrome_language()):
        return dict.fromkeys(("theirs", "ours", "said_in"), Markup(""))
    ours = _in_language(chrome_language(), within=form.direction)
    return {
        "theirs": _in_language(form.locale, within=direction(chrome_language())),
        "ours": ours,
        "said_in": Markup("") if is_spoken(form.locale) else ours,
    }


def _in_language(tag: str, *, within: str) -> Markup:
    turned = Markup(' dir="{}"').format(direction(tag)) if direction(tag) != within else Markup("")
    return Markup(' lang="{}"').format(tag) + turned


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

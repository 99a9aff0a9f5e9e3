"""Which catalogue speaks for a locale, which rules format its dates, what stands in when a piece is missing.

A language code nobody has heard of never fails a send: the declared fallback speaks, and readiness reports say so.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.messages.catalog import Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from app.core.fields import keeps_fields
from app.core.log import logger
from channels.sms.segments import fold

CATALOGUES = Path(__file__).resolve().parents[2] / "translations"
log = logger("locale")
SOURCE_LOCALE = "en"
FALLBACK = "en"

Translate = Callable[[str], str]


def translator(locale: str) -> Translate:
    """The function that speaks `locale`: its catalogue, else its language's, else the source text (English)."""
    return _catalogue(catalogue_for(locale)).gettext


def in_print(text: str) -> str:
    """For pages: a colon and quotation marks stay with their words, as French sets them. Texts keep plain spaces, which
    cost a part of a message less."""
    return re.sub(r" (?=[:»])|(?<=«) ", "\N{NO-BREAK SPACE}", text)


def catalogue_for(locale: str) -> str:
    """The catalogue that speaks for `locale`: `fr-CA` -> `fr`, `crk` -> the declared fallback."""
    wanted = locale.replace("_", "-")
    for tag in (wanted, wanted.partition("-")[0]):
        if tag in available_catalogues():
            return tag
    return FALLBACK


def is_spoken(locale: str) -> bool:
    """Whether the system itself has words for this language."""
    return language_of(locale) in available_catalogues()


def language_of(locale: str) -> str:
    """`fr` of `fr-CA`."""
    return locale.replace("_", "-").partition("-")[0]


@lru_cache
def available_catalogues() -> frozenset[str]:
    found = {path.parts[-3] for path in CATALOGUES.glob("*/LC_MESSAGES/messages.po")}
    return frozenset(found | {SOURCE_LOCALE})


@lru_cache
def _catalogue(tag: str) -> gettext.NullTranslations:
    path = CATALOGUES / tag / "LC_MESSAGES" / "messages.po"
    if tag == SOURCE_LOCALE or not path.exists():
        return gettext.NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=formatting_locale(tag).language)
    for message in catalogue:
        if not _may_be_filled(message):  # it would fail each time it is said: the source text speaks instead
            log.error("translation_refused", catalogue=tag, line=message.lineno)
            message.string = tuple("" for _ in message.string) if isinstance(message.string, tuple) else ""
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _may_be_filled(message: Message) -> bool:
    """Whether a translation names only fields that its source names; a plural may leave out the number."""
    source = " ".join(_forms(message.id))
    return all(keeps_fields(source, written) for written in _forms(message.string))


def _forms(text: str | Sequence[str] | None) -> Sequence[str]:
    """One, or the singular and its plurals."""
    return (text,) if isinstance(text, str) else tuple(text or ())


_FORMATTED_AS: Mapping[str, str] = {"en": "en_CA", "fr": "fr_CA"}


@lru_cache
def formatting_locale(locale: str) -> Locale:
    """The rules that format dates and numbers; for a language Babel does not know, those of its catalogue."""
    written = locale.replace("-", "_")
    for tag in (written, written.partition("_")[0], catalogue_for(locale)):
        try:
            return Locale.parse(_FORMATTED_AS.get(tag, tag))
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse(_FORMATTED_AS[FALLBACK])


def say_day(moment: datetime, *, zone: str, locale: str, with_year: bool = False) -> str:
    """The day in words as people say it, e.g. `Friday, December 4` or `mardi 1er décembre`."""
    spoken = formatting_locale(catalogue_for(locale))
    day = moment.astimezone(ZoneInfo(zone)).date()
    if spoken.language != "fr":
        return fold(format_date(day, "EEEE, MMMM d, y" if with_year else "EEEE, MMMM d", locale=spoken))
    pattern = "EEEE d'er' MMMM" if day.day == 1 else "EEEE d MMMM"
    return fold(format_date(day, f"{pattern} y" if with_year else pattern, locale=spoken))


def say_time(moment: datetime, *, zone: str, locale: str) -> str:
    """The local time as people write it, e.g. `2:05 p.m.` or `14 h 05`; plain spaces, so that a text stays cheap."""
    spoken = formatting_locale(catalogue_for(locale))
    return fold(format_time(moment.astimezone(ZoneInfo(zone)), "short", locale=spoken))

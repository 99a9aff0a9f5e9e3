"""A notice as a coordinator writes it. Pure: what was read, or what to put right."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from app.core.fields import fields_of
from app.messaging.template_rules import clinical_words
from app.support.written_hours import Wrong

FIELDS = frozenset({"clinic", "phone"})
MOST_DAYS, MOST_LETTERS = 31, 600
_DATE_SENTENCE = "“{word}” is not a date. Write it like 2026-12-24."
_PAST_SENTENCE = "This day is over. Choose today or later."
_ORDER_SENTENCE = "The last day comes before the first."
_MANY_DAYS_SENTENCE = "A notice is about {most} days at most. Send a second one for the days after."
_SITE_SENTENCE = "Choose a place from the list."
_EMPTY_SENTENCE = "Write what everybody is to be told."
_LONG_SENTENCE = "These are {letters} letters. Write {most} at most: who needs more can be called."
_WHO_SENTENCE = "Say who writes: begin with {field}."
_CLINICAL_SENTENCE = "Leave out “{word}”: a phone shows the first words to whoever holds it."
_FIELD_SENTENCE = "There is no field {name}. You can use {fields}."
_BRACE_SENTENCE = "A brace is open or closed too many times."


@dataclass(frozen=True)
class WrittenNotice:
    """Days are the clinic's own, both included; `words` by locale, empty ones left out; `wrong` by field."""

    first: date
    last: date
    site_id: int | None
    words: Mapping[str, str]
    wrong: Mapping[str, Wrong]


def read_notice(
    texts: Mapping[str, str], *, today: date, sites: Collection[int], locales: Collection[str], usual: str
) -> WrittenNotice:
    """From fields `first`, `last` (empty: the same day), `site` (empty: anywhere) and `words-<locale>`; those of
    `usual`, the clinic's language, must be there: they go to whoever's language has none."""
    wrong: dict[str, Wrong] = {}
    first = _day(texts.get("first", ""), "first", wrong) or today
    last = _day(texts.get("last", "").strip() or first.isoformat(), "last", wrong) or first
    wrong = {**dict(_days_amiss(first, last, today)), **wrong}
    site = texts.get("site", "").strip()
    site_id = next((each for each in sites if str(each) == site), None)
    if site and site_id is None:
        wrong["site"] = Wrong(_SITE_SENTENCE)
    words = {locale: texts.get(f"words-{locale}", "").strip() for locale in locales}
    for locale, text in words.items():
        amiss = _words_amiss(text) if text else Wrong(_EMPTY_SENTENCE)
        if amiss and (text or locale == usual):
            wrong[f"words-{locale}"] = amiss
    return WrittenNotice(first, last, site_id, {locale: text for locale, text in words.items() if text}, wrong)


def _day(text: str, name: str, wrong: dict[str, Wrong]) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        wrong[name] = Wrong(_DATE_SENTENCE, {"word": text.strip()[:30]})
        return None


def _days_amiss(first: date, last: date, today: date) -> Iterator[tuple[str, Wrong]]:
    if first < today:
        yield "first", Wrong(_PAST_SENTENCE)
    if last < first:
        yield "last", Wrong(_ORDER_SENTENCE)
    elif last - first >= timedelta(days=MOST_DAYS):
        yield "last", Wrong(_MANY_DAYS_SENTENCE, {"most": MOST_DAYS})


def _words_amiss(text: str) -> Wrong | None:
    if len(text) > MOST_LETTERS:
        return Wrong(_LONG_SENTENCE, {"letters": len(text), "most": MOST_LETTERS})
    if found := clinical_words(text):
        return Wrong(_CLINICAL_SENTENCE, {"word": found[0]})
    try:
        used = fields_of(text)
    except ValueError:
        return Wrong(_BRACE_SENTENCE)
    if unknown := sorted(used - FIELDS):
        return Wrong(_FIELD_SENTENCE, {"name": f"{{{unknown[0]}}}", "fields": "{clinic}, {phone}"})
    return None if "clinic" in used else Wrong(_WHO_SENTENCE, {"field": "{clinic}"})

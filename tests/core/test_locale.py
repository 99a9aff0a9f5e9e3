"""Languages: whose words speak, how days and times are said, and that an unknown code never fails a send."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.core.locale import (
    _catalogue,
    available_catalogues,
    catalogue_for,
    formatting_locale,
    in_print,
    is_spoken,
    say_day,
    say_time,
    translator,
)
from channels.sms.segments import measure

FRIDAY = datetime(2026, 12, 4, 19, 5, tzinfo=UTC)
TUESDAY = datetime(2026, 12, 1, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("locale", "catalogue"),
    [
        ("en", "en"),
        ("en-CA", "en"),
        ("en_CA", "en"),
        ("fr-CA", "fr"),
        ("fr", "fr"),
        ("iu", "en"),
        ("crk", "en"),
        ("oj", "en"),
    ],
)
def test_a_language_without_words_of_ours_speaks_its_declared_fallback(locale: str, catalogue: str):
    assert catalogue_for(locale) == catalogue


@pytest.mark.parametrize("locale", ["crk", "oj", "iu", "cr", "xx-Nowhere", "", "fr-Latn-CA-x-private"])
def test_no_code_ever_fails(locale: str):
    assert translator(locale)("Send")
    assert formatting_locale(locale)
    assert say_day(FRIDAY, zone="America/Rankin_Inlet", locale=locale)
    assert say_time(FRIDAY, zone="America/Rankin_Inlet", locale=locale)


@pytest.mark.parametrize(
    ("moment", "zone", "locale", "day", "time"),
    [
        (FRIDAY, "America/Toronto", "en-CA", "Friday, December 4", "2:05 p.m."),
        (FRIDAY, "America/Toronto", "fr-CA", "vendredi 4 décembre", "14 h 05"),
        (FRIDAY, "America/St_Johns", "en", "Friday, December 4", "3:35 p.m."),
        (FRIDAY, "America/Regina", "fr", "vendredi 4 décembre", "13 h 05"),
        (TUESDAY, "America/Toronto", "fr-CA", "mardi 1er décembre", "09 h 30"),
        (TUESDAY, "America/Toronto", "iu", "Tuesday, December 1", "9:30 a.m."),
    ],
)
def test_day_and_time_are_said_in_the_patients_zone(moment, zone: str, locale: str, day: str, time: str):
    assert say_day(moment, zone=zone, locale=locale) == day
    assert say_time(moment, zone=zone, locale=locale) == time


@pytest.mark.parametrize("locale", ["en-CA", "fr-CA"])
def test_a_day_and_time_never_make_a_text_dear(locale: str):
    for month in range(1, 13):
        moment = datetime(2027, month, 1, 19, 5, tzinfo=UTC)
        said = say_time(moment, zone="America/Toronto", locale=locale)
        assert measure(said).offenders == ()


def test_only_languages_with_words_count_as_spoken():
    assert is_spoken("fr-CA")
    assert not is_spoken("iu")


def test_a_translation_that_names_a_field_nobody_fills_is_not_used(tmp_path, monkeypatch):
    """It would fail each time it is said; the source text speaks instead, and the other translations stay."""
    folder = tmp_path / "xx" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Plural-Forms: nplurals=2; plural=n != 1;\\n"\n\n'
        'msgid "{clinic}: hello"\nmsgstr "{klinik}: hallo"\n\nmsgid "Send"\nmsgstr "Senden"\n\n'
        'msgid "Call {phone}"\nmsgstr "Ruf {phone"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr("app.core.locale.CATALOGUES", tmp_path)
    available_catalogues.cache_clear()
    _catalogue.cache_clear()
    try:
        say = translator("xx")
        assert [say(text) for text in ("{clinic}: hello", "Send", "Call {phone}")] == [
            "{clinic}: hello", "Senden", "Call {phone}",
        ]  # fmt: skip
    finally:
        available_catalogues.cache_clear()
        _catalogue.cache_clear()


@pytest.mark.parametrize(("text", "printed"), [
    ("Questions : {phone}.", "Questions\u00a0: {phone}."),
    ("« 9 sur 10 »", "«\u00a09 sur 10\u00a0»"),
    ("Where: here", "Where: here"),
])  # fmt: skip
def test_on_pages_french_marks_stay_with_their_words(text, printed):
    assert in_print(text) == printed

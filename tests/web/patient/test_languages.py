"""A form in another language: what was answered stays, each text says which language it is in and how it is written."""

from __future__ import annotations

import re

import pytest

from app.conversations.models import Conversation
from app.intake.models import Answer, Response
from app.patients.models import Link

ONE_DATABASE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
AR, IU = "العربية", "ᐃᓄᒃᑎᑐᑦ"  # each language's own name stands for its words


def in_three(text: str) -> dict:
    """The text, and the same place in Arabic and in Inuktitut syllabics."""
    translation = "http://hl7.org/fhir/StructureDefinition/translation"
    return {
        "text": text,
        "_text": {
            "extension": [
                {"url": translation, "extension": [
                    {"url": "lang", "valueCode": tag}, {"url": "content", "valueString": name}]}
                for tag, name in (("ar", AR), ("iu", IU), ("fr", f"{text} (fr)"))
            ]
        },
    }  # fmt: skip


FORM = {
    "resourceType": "Questionnaire", "status": "active", "title": "Three", "language": "en",
    "item": [
        {"linkId": "one", "type": "string", **in_three("One")},
        {"linkId": "two", "type": "integer", "required": True, **in_three("Two")},
        {"linkId": "day", "type": "date", **in_three("Day")},
    ],
}  # fmt: skip


def kept(clinic) -> dict[str, object]:
    return {each.path: each.value for each in clinic.rows(Answer, state="current")}


def test_the_switch_saves_what_is_on_the_page_and_shows_it_again(clinic, visit):
    visitor = visit("three", locale="en", resource=FORM)
    page = visitor.prove().text
    assert re.search(r'<button class="s" form="form" name="lang" value="ar" lang="ar" dir="rtl">', page)
    assert f">{IU[0]}" in page
    went = visitor.post({"one": "sea", "two": "7", "lang": "ar"})
    assert went.status_code == 303
    assert kept(clinic) == {"one": "sea", "two": 7}
    shown = visitor.client.get(went.location).text
    assert 'value="sea"' in shown
    assert re.search(r'<section[^>]* lang="ar" dir="rtl"[^>]*>', shown)
    assert AR in shown
    assert (clinic.rows(Link)[0].locale, clinic.rows(Response)[0].locale) == ("ar", "ar")
    assert {each.locale for each in clinic.rows(Conversation)} == {"ar"}
    back = visitor.client.get(visitor.post({"one": "sea", "two": "7", "lang": "fr"}).location).text
    assert '<html lang="fr">' in back
    assert "One (fr)" in back
    assert kept(clinic) == {"one": "sea", "two": 7}


@ONE_DATABASE
@pytest.mark.parametrize(("tag", "words", "attributes"), [("iu", IU, 'lang="iu"'), ("ar", AR, 'lang="ar" dir="rtl"')])
def test_our_own_words_inside_a_form_say_that_they_are_in_another_language(visit, tag, words, attributes):
    visitor = visit("three", locale="en", resource=FORM)
    visitor.prove()
    page = visitor.client.get(visitor.post({"lang": tag}).location).text
    assert '<html lang="en">' in page
    assert f'<section id="s-one" {attributes}>' in page
    turned = ' dir="ltr"' if tag == "ar" else ""
    assert f'{words} <small lang="en"{turned}>(if you like)</small>' in page
    assert f'<label lang="en"{turned}>Day <input' in page


@ONE_DATABASE
def test_an_answer_that_could_not_be_read_stays_as_typed_through_the_switch(clinic, visit):
    visitor = visit("three", locale="en", resource=FORM)
    visitor.prove()
    page = visitor.post({"one": "sea", "two": "seven hundred and a bit", "lang": "fr"})
    assert '<html lang="fr">' in page.text
    assert 'value="seven hundred and a bit"' in page.text
    assert kept(clinic) == {"one": "sea"}


@ONE_DATABASE
def test_the_language_in_the_address_is_kept_once_it_is_known_who_reads(clinic, visit):
    visitor = visit("three", locale="en", resource=FORM)
    visitor.get("?lang=fr")
    assert clinic.rows(Link)[0].locale == "en"
    visitor.prove()
    assert "One (fr)" in visitor.get("?lang=fr&new=1").text
    assert "One (fr)" in visitor.get("?new=1").text
    assert "One (fr)" in visitor.get("?lang=tlh").text
    assert clinic.rows(Link)[0].locale == "fr"

"""Every questionnaire that ships: clean, bilingual, askable everywhere, cheap by text, honest about its words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from channels.sms.segments import fold, measure
from forms import library, names
from forms.parsing.fold import plain
from forms.questionnaire import read_questionnaire
from forms.readiness import readiness

EXPECTED = {
    "blood-pressure-glucose-log",
    "consent-to-text",
    "experience-after-visit",
    "gad-7",
    "intake",
    "phq-2",
    "phq-9",
    "post-discharge-day-1",
    "post-discharge-day-3",
    "post-discharge-day-7",
    "pre-visit-update",
    "prenatal-check-in",
    "symptom-check-in",
    "transport-and-access",
}
RED_FLAGS = {
    "blood-pressure-glucose-log",
    "phq-9",
    "post-discharge-day-1",
    "post-discharge-day-3",
    "post-discharge-day-7",
    "prenatal-check-in",
    "symptom-check-in",
}
every = pytest.mark.parametrize("name", library.names())


def items_of(element: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in element.get("item", []):
        yield item
        yield from items_of(item)


def extensions(element: dict[str, Any], url: str) -> list[dict[str, Any]]:
    return [one for one in element.get("extension", []) if one["url"] == url]


def french_of(element: dict[str, Any] | None) -> list[str]:
    """The French translations in a `_text`, `_display` or `_valueString`."""
    return [
        part["valueString"]
        for one in (element or {}).get("extension", [])
        if one["url"] == names.TRANSLATION and {"url": "lang", "valueCode": "fr-CA"} in one["extension"]
        for part in one["extension"]
        if part["url"] == "content"
    ]


def words_of(element: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Every text of a form beside its French."""
    for item in items_of(element):
        yield item["text"], french_of(item.get("_text"))
        for one in extensions(item, names.SHORT_TEXT):
            yield one["valueString"], french_of(one.get("_valueString"))
        for rule in extensions(item, names.ON_ANSWER):
            yield from (
                (part["valueString"], french_of(part.get("_valueString")))
                for part in rule["extension"]
                if part["url"] == "tell"
            )
        for option in item.get("answerOption", []):
            yield option["valueCoding"]["display"], french_of(option["valueCoding"].get("_display"))


def test_the_library_is_complete() -> None:
    assert set(library.names()) == EXPECTED


def test_a_name_that_does_not_ship_is_refused() -> None:
    with pytest.raises(KeyError):
        library.load("../phq-9")


def test_each_load_is_a_fresh_copy() -> None:
    library.load("intake")["item"].clear()
    assert library.load("intake")["item"]


@every
def test_it_is_read_without_a_finding(name: str) -> None:
    result = read_questionnaire(library.load(name))
    assert result.questionnaire is not None
    assert list(result.problems) == []


@every
def test_it_can_be_asked_on_every_channel_in_both_languages(name: str) -> None:
    """One or two segments a prompt; French that GSM-7 cannot spell may cost a third."""
    questionnaire = read_questionnaire(library.load(name)).questionnaire
    assert questionnaire is not None
    report = readiness(questionnaire, translators=lambda _tag: str, measure=lambda text: measure(fold(text)))
    for tag, most in (("en", 2), ("fr-CA", 3)):
        assert all(channel.ready and not channel.deferred for channel in report[tag].values())
        assert report[tag]["sms"].segments_max <= most
        assert report[tag]["sms"].untranslated == ()


@every
def test_it_names_its_version_source_licence_and_who_has_read_it(name: str) -> None:
    form = library.load(name)
    assert all(form[member] for member in ("url", "version", "title", "description", "copyright", "publisher", "date"))
    reviews = [
        {part["url"]: part.get("valueCode") or part.get("valueString") for part in one["extension"]}
        for one in extensions(form, names.FARLINE + "wording-review")
    ]
    assert [one["language"] for one in reviews] == ["en", "fr-CA"]
    assert {one["status"] for one in reviews} <= {"published", "needs-clinical-review"}
    assert all(one["source"] for one in reviews)


@every
def test_every_word_has_its_french(name: str) -> None:
    missing = [text for text, french in words_of(library.load(name)) if len(french) != 1 or not french[0]]
    assert missing == []


@every
def test_every_option_can_be_told_from_the_others_in_both_languages(name: str) -> None:
    for item in items_of(library.load(name)):
        codings = [option["valueCoding"] for option in item.get("answerOption", [])]
        for labels in ([c["display"] for c in codings], [french_of(c["_display"])[0] for c in codings]):
            assert len({plain(label) for label in labels}) == len(labels)


@every
def test_french_apostrophes_are_typographic(name: str) -> None:
    for _, french in words_of(library.load(name)):
        assert "'" not in french[0]


@every
def test_red_flags_tell_the_patient_what_to_do_now(name: str) -> None:
    rules = [rule for item in items_of(library.load(name)) for rule in extensions(item, names.ON_ANSWER)]
    assert bool(rules) == (name in RED_FLAGS)
    for rule in rules:
        parts = {part["url"] for part in rule["extension"]}
        assert parts == {"rule", "operator", "answer", "action", "urgency", "tell"}
    told = [
        text
        for rule in rules
        for part in rule["extension"]
        if part["url"] == "tell"
        for text in (part["valueString"], *french_of(part["_valueString"]))
    ]
    assert all(len(text) < 320 and ("911" in text or "9-1-1" in text) for text in told)
    assert all(measure(fold(text)).segments <= 3 for text in told)


@every
def test_rule_names_are_told_apart(name: str) -> None:
    rules = [
        part["valueCode"]
        for item in items_of(library.load(name))
        for rule in extensions(item, names.ON_ANSWER)
        for part in rule["extension"]
        if part["url"] == "rule"
    ]
    assert len(set(rules)) == len(rules)


def test_the_scales_score_as_published() -> None:
    """0 to 3 a question, printed as the number that counts."""
    for name, questions in (("phq-2", 2), ("phq-9", 9), ("gad-7", 7)):
        scored = [item for item in items_of(library.load(name)) if extensions(item, names.OBSERVATION_EXTRACT)]
        asked = [item for item in scored if item["type"] == "choice"]
        weights = [
            [extensions(option, names.ORDINAL[0])[0]["valueDecimal"] for option in item["answerOption"]]
            for item in asked
        ]
        prefixes = [
            [extensions(option, names.OPTION_PREFIX)[0]["valueString"] for option in item["answerOption"]]
            for item in asked
        ]
        assert weights == [[0, 1, 2, 3]] * questions
        assert prefixes == [["0", "1", "2", "3"]] * questions


def test_the_english_of_the_phq_9_is_the_published_one(published_phq_9: dict[str, Any]) -> None:
    ours = {item["linkId"]: item["text"] for item in items_of(library.load("phq-9"))}
    theirs = {item["linkId"]: item["text"] for item in published_phq_9["item"] if item["type"] == "choice"}
    assert {link_id: ours[link_id] for link_id in theirs} == theirs


@pytest.fixture
def published_phq_9() -> dict[str, Any]:
    path = library._FOLDER.parents[1] / "tests" / "data" / "questionnaires" / "lforms-phq9-r4.json"
    form: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return form

"""An XLSForm becomes a questionnaire, and everything that cannot is in the report."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import pytest

from forms import names
from forms.extensions import value_of
from forms.questionnaire import read_questionnaire
from forms.xlsform import read_xlsform

Sheets = dict[str, list[list[object]]]


def workbook(sheets: Sheets) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def spelled_as_csv(sheets: Sheets) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream)
    for name, rows in sheets.items():
        writer.writerow([name])
        writer.writerows([["", *row] for row in rows])
    return stream.getvalue().encode()


FORM: Sheets = {
    "survey": [
        ["type", "name", "label::English (en)", "label::French (fr)", "hint::English (en)", "relevant", "constraint",
         "required", "calculation", "default", "media::audio::French (fr)", "sms_field"],
        ["text", "name", "Your name?", "Votre nom?", "First and last", "", "string-length(.) <= 60", "yes", "", "",
         "nom.mp3", "n"],
        ["integer", "age", "How old?", "Quel âge?", "", "", ". >= 0 and . < 120", True, "", 30, "", "a"],
        ["select_one yes_no", "smoke", "Do you smoke?", "Fumez-vous?", "", "${age} >= 12", "", "", "", "no", "", ""],
        ["begin group", "tobacco", "Tobacco", "Tabac", "", "${smoke} = 'yes'", "", "", "", "", "", ""],
        ["decimal", "cigs", "How many a day?", "Combien par jour?", "", "", ". > 0 and . <= 100", "", "", "", "", ""],
        ["select_multiple tried", "tried", "What did you try?", "Qu’avez-vous essayé?", "",
         "selected(${smoke}, 'yes') or ${cigs} > 5", "", "", "", "", "", ""],
        ["end group", "", "", "", "", "", "", "", "", "", "", ""],
        ["begin_repeat", "kids", "Children", "Enfants", "", "", "", "", "", "", "", ""],
        ["date", "born", "Born when?", "Né quand?", "", "", ". <= today()", "", "", "", "", ""],
        ["end_repeat", "", "", "", "", "", "", "", "", "", "", ""],
        ["calculate", "per_year", "", "", "", "", "", "", "${cigs} * 365 div 20", "", "", ""],
        ["note", "thanks", "Thank you", "Merci", "", "not(selected(${tried}, 'gum')) and (${age} > 3 or ${age} < 1)",
         "", "", "", "", "", ""],
        ["text", "mail", "E-mail?", "Courriel?", "", "", "regex(., '[^@]+@[^@]+')", "", "", "", "", ""],
    ],
    "choices": [
        ["list_name", "name", "label::English (en)", "label::French (fr)", "sms_option", "media::audio::French (fr)"],
        ["yes_no", "yes", "Yes", "Oui", "1", "oui.mp3"],
        ["yes_no", "no", "No", "Non", "2", ""],
        ["tried", "patch", "Patch", "Timbre", "", ""],
        ["tried", "gum", "Gum", "Gomme", "", ""],
    ],
    "settings": [
        ["form_title", "form_id", "version", "default_language", "sms_keyword"],
        ["Tobacco", "tobacco", 3, "English (en)", "TOB"],
    ],
}  # fmt: skip


def imported(sheets: Sheets) -> dict[str, Any]:
    questionnaire, _ = read_xlsform(workbook(sheets))
    assert questionnaire is not None
    return questionnaire


def first_of(element: dict[str, Any], url: str) -> Any:
    return next((value_of(one) for one in element.get("extension", []) if one["url"] == url), None)


def item(questionnaire: dict[str, Any], link_id: str) -> dict[str, Any]:
    def walk(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [each for one in items for each in (one, *walk(one.get("item", [])))]

    return next(one for one in walk(questionnaire["item"]) if one["linkId"] == link_id)


def test_the_csv_spelling_gives_the_same_questionnaire() -> None:
    assert read_xlsform(spelled_as_csv(FORM))[0] == imported(FORM)


def test_a_clean_form_is_carried_over_whole() -> None:
    questionnaire, report = read_xlsform(workbook(FORM))
    assert report == []
    read = read_questionnaire(questionnaire)
    assert [problem for problem in read.problems if problem.severity != "info"] == []


def test_the_head_comes_from_the_settings() -> None:
    head = imported(FORM)
    assert (head["title"], head["version"], head["language"], head["status"]) == ("Tobacco", "3", "en", "draft")
    assert first_of(head, names.SMS_KEYWORD) == "TOB"


def test_words_carry_their_translations_and_hints_become_help() -> None:
    name = item(imported(FORM), "name")
    assert name["text"] == "Your name?"
    assert name["_text"]["extension"][0]["extension"][1] == {"url": "content", "valueString": "Votre nom?"}
    assert name["item"][0]["text"] == "First and last"
    media = next(one["valueAttachment"] for one in name["extension"] if one["url"] == names.ITEM_MEDIA)
    assert media == {"contentType": "audio/mpeg", "url": "nom.mp3", "title": "nom.mp3", "language": "fr"}


@pytest.mark.parametrize(
    ("link_id", "conditions", "behaviour"),
    [
        ("smoke", [{"question": "age", "operator": ">=", "answerInteger": 12}], None),
        ("tobacco", [{"question": "smoke", "operator": "=", "answerCoding": {"code": "yes"}}], None),
        (
            "tried",
            [
                {"question": "smoke", "operator": "=", "answerCoding": {"code": "yes"}},
                {"question": "cigs", "operator": ">", "answerDecimal": 5.0},
            ],
            "any",
        ),
    ],
)
def test_flat_conditions_become_enable_when(link_id: str, conditions: list[object], behaviour: str | None) -> None:
    found = item(imported(FORM), link_id)
    assert found["enableWhen"] == conditions
    assert found.get("enableBehavior") == behaviour


def test_other_conditions_become_fhirpath() -> None:
    expression = first_of(item(imported(FORM), "thanks"), names.ENABLE_WHEN_EXPRESSION)["expression"]
    assert "where($this = 'gum').exists()).not()" in expression


def test_constraints_become_bounds_length_pattern_and_tense() -> None:
    form = imported(FORM)
    assert item(form, "name")["maxLength"] == 60
    assert [first_of(item(form, "age"), url) for url in (names.MIN_VALUE, names.MAX_VALUE)] == [0, 119]
    assert first_of(item(form, "cigs"), names.MAX_VALUE) == 100
    assert first_of(item(form, "cigs"), names.MIN_VALUE) is None  # "> 0" has no smallest decimal
    constraint = next(one for one in item(form, "cigs")["extension"] if one["url"] == names.CONSTRAINT)
    assert {"url": "expression", "valueString": "%context.answer.value > 0"} in constraint["extension"]
    assert first_of(item(form, "mail"), names.REGEX) == "[^@]+@[^@]+"
    assert first_of(item(form, "born"), names.TENSE) == "past"


def test_choices_keep_their_code_printed_sign_and_recording() -> None:
    smoke = item(imported(FORM), "smoke")
    assert [option["valueCoding"]["code"] for option in smoke["answerOption"]] == ["yes", "no"]
    assert first_of(smoke["answerOption"][0], names.OPTION_PREFIX) == "1"
    assert first_of(smoke["answerOption"][0], names.ITEM_ANSWER_MEDIA)["url"] == "oui.mp3"
    assert smoke["initial"][0]["valueCoding"]["code"] == "no"


def test_calculations_are_hidden_and_numbers_are_numbers() -> None:
    per_year = item(imported(FORM), "per_year")
    assert (per_year["type"], per_year["readOnly"]) == ("decimal", True)
    expression = first_of(per_year, names.CALCULATED_EXPRESSION)["expression"]
    assert expression == "(%resource.descendants().where(linkId = 'cigs').answer.value * 365) / 20"


def test_groups_and_repeats_nest() -> None:
    form = imported(FORM)
    assert [child["linkId"] for child in item(form, "tobacco")["item"]] == ["cigs", "tried"]
    assert item(form, "kids")["repeats"] is True
    assert item(form, "tried")["repeats"] is True


def survey(*rows: list[object], columns: list[object] | None = None, **sheets: list[list[object]]) -> bytes:
    header = columns or ["type", "name", "label", "relevant", "constraint", "calculation", "default", "required"]
    return workbook({"survey": [header, *rows], **sheets})


ASKED: list[object] = ["integer", "n", "How many?"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (survey(ASKED, ["geopoint", "place", "Where?"]), "not-carried"),
        (survey(ASKED, ["rank list", "order", "Rank them"]), "not-carried"),
        (survey(ASKED, ["audit", "audit", ""]), "not-carried"),
        (survey(ASKED, ["barcode", "code", "Code?"]), "not-carried"),
        (survey(ASKED, ["start", "start", ""]), "not-carried"),
        (survey(ASKED, ["colour", "c", "Colour?"]), "type-unknown"),
        (survey(ASKED, ["text", "t", "Why?", "jr:choice-name(${n}, 'x') = 'y'"]), "relevant-not-carried"),
        (survey(ASKED, ["text", "t", "Why?", "${nobody} = 1"]), "relevant-not-carried"),
        (survey(ASKED, ["text", "t", "Why?", "${n} = "]), "relevant-not-carried"),
        (survey(ASKED, ["text", "t", "Why?", "", "pulldata('a', 'b', 'c', .)"]), "constraint-not-carried"),
        (survey(ASKED, ["calculate", "c", "", "", "", "uuid()"]), "calculation-not-carried"),
        (survey(ASKED, ["integer", "d", "D?", "", "", "", "many"]), "default-not-carried"),
        (survey(ASKED, ["text", "t", "Why?", "", "", "", "", "${n} > 1"]), "required-not-carried"),
        (survey(ASKED, ["select_one nowhere", "s", "Which?"]), "choices-missing"),
        (survey(ASKED, ["note", "thanks", "Thank you ${n}"]), "label-reference"),
        (survey(ASKED, ["begin group", "g", "Open"], ["text", "t", "Why?"]), "group-open"),
        (survey(ASKED, ["end group"]), "end-without-begin"),
        (survey(ASKED, ["begin group", "g", "Empty"], ["end group"]), "group-empty"),
        (survey(ASKED, ["text", "t"]), "label-missing"),
        (survey(ASKED, settings=[["style"], ["pages"]]), "not-carried"),
        (survey(ASKED, external_choices=[["list_name"], ["x"]]), "not-carried"),
        (survey([*ASKED, "signature"], columns=["type", "name", "label", "appearance"]), "appearance"),
        (survey([*ASKED, "x"], columns=["type", "name", "label", "body::accept"]), "not-carried"),
        (survey([*ASKED, "Tsuut"], columns=["type", "name", "label", "label::Tsuut’ina"]), "language-unknown"),
        (survey(["start", "s", ""]), "no-question"),
        (survey(ASKED, ["", "lost", "Whose type was forgotten?"]), "type-missing"),
        (survey([*ASKED, "yes"], ASKED, columns=["type", "name", "label", "disabled"]), "disabled"),
        (survey(ASKED, choices=[["list_name", "name", "label"], ["", "a", "A"]]), "choice-without-list"),
        (survey(ASKED, Notes=[["for the team"]]), "not-carried"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_carried_over_is_reported(content: bytes, code: str) -> None:
    _, report = read_xlsform(content)
    assert code in {problem.code for problem in report}
    assert all(problem.message and problem.fix for problem in report)


def test_a_choice_given_twice_is_reported_and_kept_once() -> None:
    content = survey(
        ["select_one l", "s", "Which?"],
        choices=[["list_name", "name", "label"], ["l", "a", "A"], ["l", "a", "Again"], ["l", "b", "B"]],
    )
    questionnaire, report = read_xlsform(content)
    assert questionnaire is not None
    assert len(item(questionnaire, "s")["answerOption"]) == 2
    assert [problem.code for problem in report] == ["choice-twice"]


def test_names_that_occur_twice_are_told_apart() -> None:
    questionnaire, _ = read_xlsform(
        survey(
            ["begin group", "a", "A"], ["text", "x", "X"], ["end group"],
            ["begin group", "b", "B"], ["text", "x", "X"], ["end group"],
        )
    )  # fmt: skip
    assert questionnaire is not None
    assert [group["item"][0]["linkId"] for group in questionnaire["item"]] == ["a/x", "b/x"]


@pytest.mark.parametrize(
    ("kind", "cells", "expected"),
    [
        ("range", {"parameters": "start=0 end=10 step=1"}, ("integer", 0, 10)),
        ("range", {"parameters": "start=0; end=1; step=0.1"}, ("decimal", 0.0, 1.0)),
        ("range", {}, ("integer", 1, 10)),
        ("text", {"appearance": "multiline"}, ("text", None, None)),
        ("acknowledge", {}, ("boolean", None, None)),
        ("dateTime", {}, ("dateTime", None, None)),
        ("image", {}, ("attachment", None, None)),
    ],
)
def test_types_become_fhir_types(kind: str, cells: dict[str, str], expected: tuple[object, ...]) -> None:
    columns: list[object] = ["type", "name", "label", *cells]
    questionnaire, _ = read_xlsform(survey([kind, "q", "Question?", *cells.values()], columns=columns))
    assert questionnaire is not None
    found = item(questionnaire, "q")
    assert (found["type"], first_of(found, names.MIN_VALUE), first_of(found, names.MAX_VALUE)) == expected


def test_a_finding_names_sheet_row_and_column() -> None:
    content = survey(
        ["colour", "c", "Colour?"],
        ["text", "t", "Why?", "${nobody} = 1"],
        ["select_one l", "s", "Which?"],
        choices=[["list_name", "name", "label"], ["l", "a", "A"], ["l", "a", "Again"]],
    )
    _, report = read_xlsform(content)
    assert {problem.where for problem in report} == {
        "survey row 2, column type (c)",
        "survey row 3, column relevant (t)",
        "choices row 3, column name",
    }


def test_the_end_of_filling_in_ends_no_group() -> None:
    content = survey(
        ["start", "start"], ["begin group", "g", "G"], ["end", "end"], ["text", "t", "Why?"], ["end_group"]
    )
    questionnaire, report = read_xlsform(content)
    assert questionnaire is not None
    assert item(questionnaire, "g")["item"][0]["linkId"] == "t"
    assert [problem.code for problem in report] == ["not-carried", "not-carried"]


def test_or_other_is_a_choice_and_a_question_of_its_own() -> None:
    content = workbook(
        {
            "survey": [
                ["type", "name", "label::English (en)", "label::French (fr)", "relevant"],
                ["select_multiple l or_other", "s", "Which?", "Lesquels?"],
                ["text", "more", "More?", "Encore?", "selected(${s}, 'other') and ${s_other} != ''"],
            ],
            "choices": [["list_name", "name", "label::English (en)", "label::French (fr)"], ["l", "a", "A", "A"]],
        }
    )
    questionnaire, report = read_xlsform(content)
    assert (report, questionnaire is not None) == ([], True)
    form = read_questionnaire(questionnaire or {})
    assert [problem.code for problem in form.problems] == []
    other = item(questionnaire or {}, "s")["answerOption"][1]["valueCoding"]
    assert (other["code"], other["display"]) == ("other", "Other")
    specify = item(questionnaire or {}, "s_other")
    assert specify["enableWhen"] == [{"question": "s", "operator": "=", "answerCoding": {"code": "other"}}]
    assert "Veuillez préciser." in str(specify["_text"])
    assert [row["question"] for row in item(questionnaire or {}, "more")["enableWhen"]] == ["s", "s_other"]


def test_an_answer_quoted_in_a_label_leaves_dots() -> None:
    questionnaire, _ = read_xlsform(survey(ASKED, ["text", "t", "How old is ${n}?"]))
    assert questionnaire is not None
    assert item(questionnaire, "t")["text"] == "How old is …?"


@pytest.mark.parametrize(
    ("relevant", "expected"),
    [
        ("contains(${t}, 'x')", ".contains('x')"),
        ("starts-with(${t}, 'x')", ".startsWith('x')"),
        ("ends-with(${t}, 'x')", ".endsWith('x')"),
        ("substr(${t}, 1, 3) = 'x'", ".substring(1, 3 - (1))"),
        ("floor(${n} div 2) = 1", ".floor()"),
    ],
)
def test_functions_of_text_are_carried_over(relevant: str, expected: str) -> None:
    questionnaire, report = read_xlsform(survey(ASKED, ["text", "t", "Why?"], ["text", "u", "And?", relevant]))
    assert questionnaire is not None
    assert report == []
    assert expected in first_of(item(questionnaire, "u"), names.ENABLE_WHEN_EXPRESSION)["expression"]
    assert [p.code for p in read_questionnaire(questionnaire).problems if p.code.startswith("expression")] == []


def test_a_table_saved_as_unicode_text_is_read() -> None:
    questionnaire, report = read_xlsform("type\tname\tlabel\ntext\ta\tPremière?\n".encode("utf-16"))
    assert (questionnaire or {})["item"] == [{"linkId": "a", "text": "Première?", "type": "string"}]
    assert report == []

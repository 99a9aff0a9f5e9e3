"""Published forms are not clean: what is only untidy is a warning with its fix, what cannot be asked is an error."""

from __future__ import annotations

import json
import time

import pytest

from forms.plan import Kind, compile_plan
from forms.problems import Severity
from forms.questionnaire import read_questionnaire
from forms.response import build_response
from tests.forms.chat import CORE, SDC, Chat, choice, expression, extension, form, group, item, translated, when

UNTIDY = {
    "a linkId used twice": (form(item("a"), item("a")), "duplicate-link-id"),
    "no linkId": (form({"type": "string", "text": "Name?"}), "no-link-id"),
    "a number as linkId": (form({"linkId": 7, "type": "string", "text": "Name?"}), "link-id-type"),
    "several conditions without a behaviour": (
        form(
            item("a", "boolean"),
            item("b", enableWhen=[when("a", answerBoolean=True), when("a", "exists", answerBoolean=True)]),
        ),
        "no-enable-behavior",
    ),
    "a status nobody knows": (form(item("a"), status="Active"), "status"),
    "no status": (form(item("a"), status=None), "status"),
    "no language": (form(item("a"), language=None), "no-language"),
    "a language the words are not in": (
        form(
            item("a", text="Quelle est la date et avez-vous une carte pour les soins dans la province?"),
            item("b", text="Depuis quand avez-vous mal et est-ce que vous avez de la fièvre?"),
        ),
        "language-mismatch",
    ),
    "no title": (form(item("a"), title=None), "no-title"),
    "a misspelt type": (form(item("a", "Boolean")), "type"),
    "no type": (form({"linkId": "a", "text": "Name?"}), "type"),
    "no text": (form({"linkId": "a", "type": "string"}, item("b")), "no-text"),
    "a choice with no options": (form(item("c", "choice"), item("b")), "no-options"),
    "a value set that lives elsewhere": (
        form(item("c", "choice", answerValueSet="http://x.org/vs"), item("b")),
        "value-set-elsewhere",
    ),
    "two options that read the same": (form(choice("c", "Yes", "YES")), "same-label"),
    "limits no answer fits": (
        form(
            item(
                "n", "integer", extension=[extension("minValue", valueInteger=9), extension("maxValue", valueInteger=1)]
            )
        ),
        "impossible-bounds",
    ),
    "lengths no answer fits": (
        form(item("s", maxLength=2, extension=[extension("minLength", valueInteger=5)])),
        "impossible-bounds",
    ),
    "counts no answer fits": (
        form(
            item(
                "n",
                "integer",
                repeats=True,
                extension=[
                    extension("questionnaire-minOccurs", valueInteger=5),
                    extension("questionnaire-maxOccurs", valueInteger=2),
                ],
            )
        ),
        "impossible-bounds",
    ),
    "a condition that can never hold": (
        form(choice("c", "A"), item("b", enableWhen=[when("c", answerCoding={"code": "zzz"})])),
        "condition-never",
    ),
    "a condition on a group": (
        form(group("g", item("x")), item("b", enableWhen=[when("g", "exists", answerBoolean=True)])),
        "condition-on-text",
    ),
    "a pattern that hangs other programs": (
        form(item("s", extension=[extension("regex", valueString="(a+)+$")])),
        "slow-pattern",
    ),
    "a pattern that looks around": (
        form(item("s", extension=[extension("regex", valueString="(?=a)b")])),
        "pattern-not-used",
    ),
    "an initial value of another type": (form(item("n", "integer", initial=[{"valueString": "x"}])), "initial"),
    "required as a text": (form(item("n", required="true")), "not-a-boolean"),
    "a total nobody computes": (
        form(item("a", "integer"), item("t", "integer", text="Total score")),
        "looks-like-total",
    ),
    "no resourceType": (form(item("a"), resourceType=None), "no-resource-type"),
}


@pytest.mark.parametrize(("source", "code"), UNTIDY.values(), ids=UNTIDY.keys())
def test_what_is_only_untidy_is_a_warning_with_its_fix(source, code):
    result = read_questionnaire({key: value for key, value in source.items() if value is not None})
    found = {problem.code: problem for problem in result.problems}
    assert code in found
    assert found[code].severity is Severity.WARNING
    assert found[code].fix
    assert result.questionnaire is not None


LOOP = form(
    item("a", "boolean", enableWhen=[when("b", answerBoolean=True)]),
    item("b", "boolean", enableWhen=[when("a", answerBoolean=True)]),
    item("c"),
)
IMPOSSIBLE = {
    "a condition on nothing": (
        form(item("a", enableWhen=[when("zzz", answerBoolean=True)]), item("b")),
        "dangling-condition",
        "a",
    ),
    "conditions in a circle": (LOOP, "cyclic-condition", "a"),
    "a group that waits for its own child": (
        form(group("g", item("g.x", "boolean"), enableWhen=[when("g.x", answerBoolean=True)]), item("b")),
        "self-containing-condition",
        "g",
    ),
    "a question that waits for itself": (
        form(item("a", "boolean", enableWhen=[when("a", "exists", answerBoolean=True)]), item("b")),
        "self-containing-condition",
        "a",
    ),
    "nothing to ask": (form({"linkId": "d", "type": "display", "text": "Hello"}), "no-askable-question", ""),
    "no items": (form(), "no-askable-question", ""),
    "a comparison with nothing": (
        form(item("a"), item("b", enableWhen=[{"question": "a", "operator": "="}])),
        "condition-without-answer",
        "b",
    ),
    "an operator nobody knows": (
        form(item("a"), item("b", enableWhen=[when("a", "~~", answerString="x")])),
        "condition-operator",
        "b",
    ),
}


@pytest.mark.parametrize(("source", "code", "where"), IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_what_cannot_be_asked_is_an_error_that_names_the_item(source, code, where):
    result = read_questionnaire(source)
    assert result.questionnaire is None
    assert result.draft is not None
    assert (code, where) in {(p.code, p.where) for p in result.problems if p.severity is Severity.ERROR}


UNREADABLE = {
    "nothing": b"",
    "no JSON": b"hello",
    "half a file": b'{"resourceType": "Questionnaire", "item": [',
    "NaN": b'{"item": NaN}',
    "not UTF-8": b"\xff\xfe{}",
    "a list": b"[]",
    "null": b"null",
    "a patient": b'{"resourceType": "Patient"}',
    "an empty Bundle": b'{"resourceType": "Bundle", "entry": []}',
    "very deep": b"[" * 100_000,
    "a huge number": b"[" + b"9" * 9000 + b"]",
    "too large": b'{"a": "' + b"x" * 17_000_000 + b'"}',
}


@pytest.mark.parametrize("source", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_is_no_questionnaire_is_one_clear_problem(source):
    result = read_questionnaire(source)
    assert not result.readable
    assert result.draft is None
    assert [problem.severity for problem in result.problems] == [Severity.ERROR]


# --- shapes of other FHIR versions ------------------------------------------------------------------------------------


def first(source):
    result = read_questionnaire(source)
    assert result.questionnaire is not None, result.problems
    return result.questionnaire.items[0].plan


def test_a_bundle_that_holds_one_is_opened_and_brings_its_value_sets():
    values = {
        "resourceType": "ValueSet",
        "url": "urn:vs",
        "compose": {"include": [{"system": "urn:s", "concept": [{"code": "a", "display": "Apple"}]}]},
    }
    bundle = {
        "resourceType": "Bundle",
        "entry": [{"resource": values}, {"resource": form(item("c", "choice", answerValueSet="urn:vs|1.0"))}],
    }
    assert [option.label for option in first(bundle).options] == ["Apple"]


def test_r5_coding_with_open_answers_is_an_open_choice():
    assert first(form(choice("c", "A") | {"type": "coding"})).kind is Kind.CHOICE
    assert (
        first(form(choice("c", "A") | {"type": "coding", "answerConstraint": "optionsOrString"})).kind
        is Kind.OPEN_CHOICE
    )


def test_stu3_options_initials_and_has_answer_are_understood():
    stu3 = form(
        {"linkId": "c", "type": "choice", "text": "Pick", "option": [{"valueCoding": {"code": "a", "display": "A"}}]},
        item("n", "integer", initialInteger=4),
        item("x", enableWhen=[{"question": "c", "hasAnswer": True}]),
        item("y", enableWhen=[{"question": "c", "answerCoding": {"code": "a"}}]),
    )
    chat = Chat(stu3).say("a", "ok")
    assert chat.values() == {"c": "a", "n": 4}
    assert chat.asked == "x"
    assert chat.say("z").asked == "y"


def test_a_modifier_extension_works_like_an_ordinary_one():
    hidden = {"url": CORE + "questionnaire-hidden", "valueBoolean": True}
    assert first(form(item("a", modifierExtension=[hidden]), item("b"))).hidden


def test_text_only_in_xhtml_is_read_without_its_markup():
    rendered = {
        "extension": [{"url": CORE + "rendering-xhtml", "valueString": "<p>How <b>are</b>&nbsp;you?</p><p>Today</p>"}]
    }
    assert first(form({"linkId": "a", "type": "string", "_text": rendered})).text == "How are you?\nToday"


def test_a_question_without_text_is_asked_by_its_code():
    coded = {"linkId": "a", "type": "string", "code": [{"code": "1", "display": "Body height"}]}
    assert first(form(coded)).text == "Body height"


def test_a_contained_value_set_is_expanded_with_codes_designations_and_exclusions():
    system = {
        "resourceType": "CodeSystem",
        "url": "urn:s",
        "concept": [{"code": "a", "display": "A", "concept": [{"code": "b", "display": "B"}]}],
    }
    values = {
        "resourceType": "ValueSet",
        "id": "v",
        "compose": {
            "include": [
                {"system": "urn:s"},
                {
                    "system": "urn:t",
                    "concept": [{"code": "c", "display": "Sea", "designation": [{"language": "fr", "value": "Mer"}]}],
                },
            ],
            "exclude": [{"system": "urn:s", "concept": [{"code": "b"}]}],
        },
    }
    result = read_questionnaire(form(item("c", "choice", answerValueSet="#v"), contained=[system, values]))
    assert [option.label for option in result.questionnaire.items[0].plan.options] == ["A", "Sea"]
    assert [o.label for o in compile_plan(result.questionnaire, "fr").items[0].options] == ["A", "Mer"]


def test_an_expansion_is_preferred_and_value_sets_naming_each_other_end():
    expanded = {
        "resourceType": "ValueSet",
        "id": "v",
        "expansion": {"contains": [{"abstract": True, "display": "All", "contains": [{"code": "x", "display": "X"}]}]},
    }
    assert [o.label for o in first(form(item("c", "choice", answerValueSet="#v"), contained=[expanded])).options] == [
        "X"
    ]
    round_and_round = [
        {
            "resourceType": "ValueSet",
            "id": name,
            "compose": {"include": [{"valueSet": ["#v", "#w"]}, {"valueSet": ["#w"]}]},
        }
        for name in "vw"
    ]
    read_questionnaire(form(item("c", "choice", answerValueSet="#v"), item("b"), contained=round_and_round))


# --- languages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ("fr", "Âge?"),
        ("fr-CA", "Âge?"),
        ("fr_FR", "Âge?"),
        ("nb", "Alder?"),
        ("no", "Alder?"),
        ("de", "a?"),
        ("en-GB", "a?"),
    ],
)
def test_language_tags_match_loosely(wanted, shown):
    result = read_questionnaire(form(item("a", _text=translated(fr_CA="Âge?", nb_NO="Alder?"))))
    assert result.questionnaire.languages == ("en", "fr-CA", "nb-NO")
    assert compile_plan(result.questionnaire, wanted).items[0].text == shown


def test_the_same_form_has_the_same_hash_in_every_language_and_order():
    source = form(item("a", _text=translated(fr="Âge?")))
    shuffled = dict(reversed(list(source.items())))
    first_hash = read_questionnaire(source).questionnaire.content_hash
    assert read_questionnaire(shuffled).questionnaire.content_hash == first_hash
    assert compile_plan(read_questionnaire(source).questionnaire, "fr").content_hash == first_hash
    assert read_questionnaire(form(item("b"))).questionnaire.content_hash != first_hash


def test_unknown_extensions_survive_untouched():
    source = form(
        item("a", extension=[{"url": "http://example.org/x", "valueAttachment": {"url": "y"}}]),
        extension=[{"url": "http://example.org/z", "valueCode": "q"}],
    )
    assert read_questionnaire(json.dumps(source)).questionnaire.to_json() == source


# --- options ----------------------------------------------------------------------------------------------------------


def test_the_forms_own_numbers_are_printed_only_when_all_are_there_and_differ():
    def options(*prefixes):
        return [
            {
                "valueCoding": {"code": f"c{n}", "display": f"L{n}"},
                "extension": [extension("questionnaire-optionPrefix", valueString=p)] if p else [],
            }
            for n, p in enumerate(prefixes)
        ]

    def numbers(*prefixes):
        return [option.number for option in first(form(item("c", "choice", answerOption=options(*prefixes)))).options]

    assert numbers("0", "1", "2") == ["0", "1", "2"]
    assert numbers("a)", "b.", "(c)") == ["a", "b", "c"]
    assert numbers("0", "", "2") == ["1", "2", "3"]
    assert numbers("1", "1", "2") == ["1", "2", "3"]


def test_options_that_are_texts_numbers_or_dates_keep_their_type():
    from forms.response import build_response

    typed = form(
        item("c", "choice", answerOption=[{"valueString": "None"}, {"valueInteger": 5}, {"valueDate": "2026-01-01"}])
    )
    for said, answer in (
        ("none", {"valueString": "None"}),
        ("2", {"valueInteger": 5}),
        ("3", {"valueDate": "2026-01-01"}),
    ):
        chat = Chat(typed).say(said)
        response = build_response(chat.form, chat.plan, chat.state, context=chat.context)
        assert response["item"][0]["answer"] == [answer]


def test_one_code_in_two_systems_makes_two_options():
    twins = [{"valueCoding": {"system": s, "code": "1", "display": s}} for s in ("urn:a", "urn:b")]
    chat = Chat(
        form(
            item("c", "choice", answerOption=twins),
            item("x", enableWhen=[when("c", answerCoding={"system": "urn:b", "code": "1"})]),
        )
    )
    assert chat.say("2").asked == "x"


# --- bounded ----------------------------------------------------------------------------------------------------------


def test_three_thousand_items_in_a_circle_forty_levels_deep_are_read_in_seconds():
    circle = [
        item(f"q{n}", "boolean", enableWhen=[when(f"q{(n + 1) % 3000}", "!=", answerBoolean=True)]) for n in range(3000)
    ]
    deep = item("leaf")
    for level in range(40):
        deep = group(f"g{level}", deep)
    started = time.process_time()
    result = read_questionnaire(form(*circle, deep))
    assert time.process_time() - started < 10
    assert {problem.code for problem in result.problems} == {"cyclic-condition", "more-of-the-same"}


def test_groups_nested_beyond_reason_are_refused_not_followed():
    deep = item("leaf")
    for level in range(300):
        deep = group(f"g{level}", deep)
    assert [p.code for p in read_questionnaire(form(deep)).problems if p.severity is Severity.ERROR] == ["too-deep"]


def test_repeating_groups_that_multiply_are_kept_within_reason():
    nested = item("leaf", repeats=True, extension=[extension("questionnaire-minOccurs", valueInteger=50)])
    for level in range(8):
        nested = group(
            f"g{level}", nested, repeats=True, extension=[extension("questionnaire-minOccurs", valueInteger=50)]
        )
    chat = Chat(form(nested, item("end")))
    assert chat.asked.startswith("leaf@0.0")
    assert "too-many-occurrences" in {problem.code for problem in read_questionnaire(form(nested)).problems}


def test_texts_written_as_questions_and_only_shown_are_not_asked():
    def control(code: str) -> dict:
        coding = {"system": "http://hl7.org/fhir/ValueSet/questionnaire-item-control", "code": code}
        return extension("questionnaire-itemControl", valueCodeableConcept={"coding": [coding]})

    source = form(
        item("n", "integer", item=[item("h", "text", text="Count each day.", extension=[control("help")])]),
        item(
            "i",
            "text",
            text="Read first",
            extension=[control("inline")],
            item=[item("d", "display", text="All of it")],
        ),
        item("s", "text", text="About this form", extension=[control("sidebar")]),
        item("b", "text", text="And you?"),
    )
    chat = Chat(source)
    assert chat.text() == "1/2 n?"
    assert "Count each day." in chat.say("help").text()
    assert chat.say("4").text() == "Read first\nAll of it\nAbout this form\n2/2 And you?"
    assert chat.say("Fine").state.status == "completed"


def test_a_coding_of_another_system_is_another_answer():
    def asked(system: str | None) -> bool:
        coding = {"code": "y", **({"system": system} if system else {})}
        source = form(choice("c", "Y", "N"), item("d", enableWhen=[when("c", answerCoding=coding)]))
        return Chat(source).say("1").asked == "d"

    assert [asked("urn:o"), asked(None), asked("urn:other")] == [True, True, False]


def test_what_stands_in_a_hidden_group_is_hidden_with_it():
    hidden = extension("questionnaire-hidden", valueBoolean=True)
    inside = [item("x"), item("d", "display", text="Not for you"), group("i", item("y"))]
    chat = Chat(form(group("g", *inside, extension=[hidden]), item("b")))
    assert chat.text() == "1/1 b?"
    assert chat.say("fine").state.status == "completed"
    assert read_questionnaire(form(group("g", *inside, extension=[hidden]))).questionnaire is None


def test_a_computed_initial_value_is_offered_like_a_written_one():
    source = form(item("d", "date", extension=[expression("initialExpression", "today()")]))
    chat = Chat(source)
    assert chat.text().endswith("Reply OK to keep it.")
    assert chat.say("ok").values() == {"d": str(chat.context.today)}
    assert Chat(source).say("2020-03-12").values() == {"d": "2020-03-12"}
    odd = Chat(form(item("n", "integer", extension=[expression("initialExpression", "'words'")])))
    assert odd.text() == "1/1 n?"


def test_units_come_from_a_value_set_in_the_file_too():
    concepts = [{"code": "kg", "display": "kg"}, {"code": "[lb_av]", "display": "lb"}]
    include = [{"system": "http://unitsofmeasure.org", "concept": concepts}]
    value_set = {"resourceType": "ValueSet", "id": "u", "compose": {"include": include}}
    units = extension("questionnaire-unitValueSet", valueCanonical="#u")
    chat = Chat(form(item("w", "quantity", extension=[units]), contained=[value_set]))
    assert chat.text() == "1/1 w? (kg/lb)"
    assert chat.say("70 kg").values() == {"w": {"value": 70, "unit": "kg"}}
    response = build_response(chat.form, chat.plan, chat.state, context=chat.context)
    coded = {"value": 70, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}
    assert response["item"][0]["answer"] == [{"valueQuantity": coded}]


def test_a_limit_that_is_computed_and_one_that_no_answer_meets_are_told():
    nested = {"extension": [{"url": CORE + "cqf-calculatedValue", "valueExpression": {"expression": "today()"}}]}
    computed = form(item("d", "date", extension=[extension("maxValue", **nested)]))
    assert [problem.code for problem in read_questionnaire(computed).problems] == ["expression-not-used"]
    none = form(
        item("s", repeats=True, required=True, extension=[extension("questionnaire-maxOccurs", valueInteger=0)])
    )
    assert [problem.code for problem in read_questionnaire(none).problems] == ["impossible-bounds"]
    assert Chat(none).say("words", "2").state.status == "completed"


def test_a_form_whose_parts_are_elsewhere_says_so():
    part = {**item("p", "display"), "extension": [extension(SDC + "subQuestionnaire", valueCanonical="urn:part|1")]}
    root = extension(SDC + "assemble-expectation", valueCode="assemble-root")
    result = read_questionnaire(form(item("a"), part, extension=[root]))
    found = [(problem.where, problem.code) for problem in result.problems]
    assert found == [("", "modular"), ("p", "modular")]
    assert "urn:part|1" in result.problems[1].message


def test_a_form_that_an_operation_gave_is_read():
    given = {"resourceType": "Parameters", "parameter": [{"name": "return", "resource": form(item("a"))}]}
    assert read_questionnaire(given).questionnaire is not None
    empty = read_questionnaire({"resourceType": "Parameters", "parameter": [{"name": "x", "valueString": "y"}]})
    assert [(p.code, p.message) for p in empty.problems] == [
        ("not-a-questionnaire", "The Parameters holds no Questionnaire.")
    ]


@pytest.mark.parametrize(
    ("text", "kind", "knows"),
    [
        ("%patient.name.family", "string", "family"),
        ("%patient.name.first().given.first()", "string", "given"),
        ("%patient.name[0].given[0]", "string", "given"),
        ("%patient.birthDate", "date", "birth_date"),
        ("%LaunchPatient.birthDate", "date", "birth_date"),
        ("%user.name.family", "string", ""),
        ("%patient.birthDate", "boolean", ""),
        ("%patient.name.text", "string", ""),
        ("%patient.gender", "string", ""),
    ],
)
def test_which_particulars_of_the_patient_a_form_asks_for(text, kind, knows):
    launch = {
        "url": SDC + "launchContext",
        "extension": [
            {"url": "name", "valueCoding": {"code": "LaunchPatient"}},
            {"url": "type", "valueCode": "Patient"},
        ],
    }
    asked = item("a", kind, extension=[expression("initialExpression", text)])
    result = read_questionnaire(form(asked, extension=[launch]))
    assert result.questionnaire is not None
    assert result.questionnaire.items[0].plan.knows == knows
    assert [p.code for p in result.problems] == ["launch-context" if knows else "expression-not-used"]

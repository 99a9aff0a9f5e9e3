"""Answers become a valid QuestionnaireResponse and come back from one; any response is checked against its form."""

from __future__ import annotations

import copy

import pytest

from forms.engine import resume
from forms.problems import Severity
from forms.response import About, build_observations, build_response, read_response, validate_response
from forms.state import Context, Reply, Status
from tests.forms.chat import NOW, SDC, Chat, choice, expression, extension, form, group, item, questionnaire, when

KG = {"system": "http://unitsofmeasure.org", "code": "kg", "display": "kilograms"}
WHOLE = form(
    item("b", "boolean"),
    item("n", "integer"),
    item("d", "date"),
    item("t", "time"),
    item("q", "quantity", extension=[extension("questionnaire-unit", valueCoding=KG)]),
    choice("c", "Yes", "No"),
    choice(
        "many",
        "Cough",
        "Fever",
        repeats=True,
        item=[item("which", enableWhen=[when("many", answerCoding={"system": "urn:o", "code": "fever"})])],
    ),
    group("g", item("g.x"), item("g.y"), repeats=True),
    item("loop", "integer", repeats=True),
    {"linkId": "note", "type": "display", "text": "Thank you"},
    version="2.0",
)


def talked() -> Chat:
    chat = Chat(WHOLE).say(
        "yes", "3", "2026-03-12", "15:30", "70", "1", "1 2", "39", "a", "skip", "yes", "b", "c", "no"
    )
    return chat.say("4", "yes", "5", "no")


def response_of(chat: Chat, about: About | None = None) -> dict:
    return build_response(chat.form, chat.plan, chat.state, context=chat.context, about=about)


def errors(source: dict, response: object) -> set[tuple[str, str]]:
    found = validate_response(questionnaire(source), response)
    return {(problem.code, problem.where) for problem in found if problem.severity is Severity.ERROR}


def test_the_response_is_nested_ordered_typed_and_complete():
    chat = talked()
    assert chat.state.status is Status.COMPLETED
    response = response_of(chat, About(subject="Patient/1", response_id="r1"))
    assert response["status"] == "completed"
    assert response["questionnaire"] == "urn:test|2.0"
    assert response["subject"] == {"reference": "Patient/1"}
    assert response["authored"] == "2026-11-23T15:00:00Z"
    rows = [(row["linkId"], row.get("answer"), row.get("item")) for row in response["item"]]
    coded = {"system": "urn:o"}
    assert rows[0] == ("b", [{"valueBoolean": True}], None)
    assert rows[1] == ("n", [{"valueInteger": 3}], None)
    assert rows[2] == ("d", [{"valueDate": "2026-03-12"}], None)
    assert rows[3] == ("t", [{"valueTime": "15:30:00"}], None)
    quantity = {"value": 70, "unit": "kilograms", "system": "http://unitsofmeasure.org", "code": "kg"}
    assert rows[4] == ("q", [{"valueQuantity": quantity}], None)
    assert rows[5] == ("c", [{"valueCoding": {**coded, "code": "yes", "display": "Yes"}}], None)
    assert [answer["valueCoding"]["code"] for answer in rows[6][1]] == ["cough", "fever"]
    assert "item" not in rows[6][1][0]
    assert rows[6][1][1]["item"][0]["linkId"] == "which"  # asked for the fever, not for the cough
    assert [row[0] for row in rows[7:9]] == ["g", "g"]
    assert rows[8][2] == [
        {"linkId": "g.x", "text": "g.x?", "answer": [{"valueString": "b"}]},
        {"linkId": "g.y", "text": "g.y?", "answer": [{"valueString": "c"}]},
    ]
    assert rows[9] == ("loop", [{"valueInteger": 4}, {"valueInteger": 5}], None)
    assert errors(WHOLE, response) == set()


def test_a_response_read_back_gives_the_same_response():
    chat = talked()
    response = response_of(chat)
    state, problems = read_response(chat.form, chat.plan, response, context=chat.context)
    assert problems == []
    again = build_response(chat.form, chat.plan, state, context=chat.context)
    assert again == response


def test_a_stored_response_goes_on_at_the_first_open_question():
    chat = Chat(WHOLE).say("yes", "3")
    stored = response_of(chat)
    assert stored["status"] == "in-progress"
    state, _ = read_response(chat.form, chat.plan, stored, context=chat.context)
    assert resume(chat.plan, state, chat.context).prompt.path == "d"


def test_an_answer_that_no_longer_fits_is_asked_again():
    stored = response_of(Chat(WHOLE).say("yes", "3"))
    stored["item"][1]["answer"] = [{"valueInteger": "three"}]
    chat = Chat(WHOLE)
    state, problems = read_response(chat.form, chat.plan, stored, context=chat.context)
    assert [problem.code for problem in problems] == ["answer-not-read"]
    assert resume(chat.plan, state, chat.context).prompt.path == "n"


def test_a_stopped_form_is_a_stopped_response():
    assert response_of(Chat(WHOLE).say("yes", "stop"))["status"] == "stopped"


def test_a_form_with_questions_for_a_person_stays_in_progress():
    chat = Chat(form(item("a"), item("c", "choice", required=True, answerValueSet="http://x.org/vs"))).say("x")
    assert chat.state.status is Status.COMPLETED
    assert response_of(chat)["status"] == "in-progress"


def test_words_of_an_open_choice_are_a_string():
    chat = Chat(form(choice("c", "Cough") | {"type": "open-choice"})).say("my left ear")
    assert response_of(chat)["item"][0]["answer"] == [{"valueString": "my left ear"}]


def test_a_recording_without_words_yet_is_marked_as_such():
    chat = Chat(form(item("why", "text"), item("b", "boolean")), "voice").reply(Reply.recording("rec-7"))
    answer = response_of(chat)["item"][0]["answer"][0]
    assert answer["_valueString"]["extension"][0]["valueString"] == "rec-7"
    assert errors(form(item("why", "text"), item("b", "boolean")), response_of(chat)) == set()


def test_a_moment_carries_the_patients_zone():
    chat = Chat(form(item("dt", "dateTime"))).say("12 March 2026 at 3 pm")
    assert response_of(chat)["item"][0]["answer"] == [{"valueDateTime": "2026-03-12T15:00:00-04:00"}]


# --- validation -------------------------------------------------------------------------------------------------------


def changed(path: list, value: object) -> dict:
    response = copy.deepcopy(response_of(talked()))
    target: object = response
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    return response


WRONG = {
    "a status nobody knows": (["status"], "done", ("status", "status")),
    "a linkId nobody knows": (["item", 0, "linkId"], "zzz", ("unknown-link-id", "zzz")),
    "an item in the wrong place": (["item", 0, "linkId"], "g.x", ("misplaced-item", "g.x")),
    "another type": (["item", 1, "answer"], [{"valueString": "3"}], ("wrong-type", "n")),
    "a fraction for an integer": (["item", 1, "answer"], [{"valueInteger": 3.5}], ("wrong-type", "n")),
    "no value": (["item", 1, "answer"], [{}], ("no-value", "n")),
    "two answers to one question": (
        ["item", 1, "answer"],
        [{"valueInteger": 3}, {"valueInteger": 4}],
        ("too-many-answers", "n"),
    ),
    "an option that is not there": (
        ["item", 5, "answer"],
        [{"valueCoding": {"system": "urn:o", "code": "maybe"}}],
        ("not-an-option", "c"),
    ),
    "a day that does not exist": (["item", 2, "answer"], [{"valueDate": "2026-02-30"}], ("wrong-type", "d")),
    "an hour that does not exist": (["item", 3, "answer"], [{"valueTime": "24:30:00"}], ("wrong-type", "t")),
    "an answer under a group": (["item", 7, "answer"], [{"valueString": "x"}], ("answer-to-no-question", "g")),
    "the order of the form": (["item", 1], {"linkId": "b", "answer": [{"valueBoolean": True}]}, ("repeated-item", "b")),
    "the same choice twice": (
        ["item", 6, "answer"],
        [{"valueCoding": {"system": "urn:o", "code": "cough"}}] * 2,
        ("too-many", "many"),
    ),
    "answers that are no list": (["item", 1, "answer"], 3, ("answer-shape", "n")),
}


@pytest.mark.parametrize(("path", "value", "expected"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_response_says_where_and_what(path, value, expected):
    assert expected in errors(WHOLE, changed(path, value))


@pytest.mark.parametrize(
    "response", [None, [], "x", {}, {"resourceType": "Patient"}, {"resourceType": "QuestionnaireResponse", "item": 5}]
)
def test_what_is_no_response_is_said_not_raised(response):
    assert errors(WHOLE, response)


def test_items_out_of_order_are_an_error():
    response = response_of(talked())
    response["item"][0], response["item"][1] = response["item"][1], response["item"][0]
    assert ("out-of-order", "b") in errors(WHOLE, response)


CONDITIONAL = form(
    item("a", "boolean", required=True), item("x", required=True, enableWhen=[when("a", answerBoolean=True)])
)


def answered(**values: dict) -> dict:
    rows = [{"linkId": link_id, "answer": [answer]} for link_id, answer in values.items()]
    return {"resourceType": "QuestionnaireResponse", "status": "completed", "item": rows}


def test_an_answer_whose_condition_does_not_hold_is_an_error():
    assert errors(CONDITIONAL, answered(a={"valueBoolean": False}, x={"valueString": "1"})) == {("not-enabled", "x")}


def test_a_required_question_is_missed_only_when_it_applies_and_the_response_is_finished():
    assert errors(CONDITIONAL, answered(a={"valueBoolean": True})) == {("required-missing", "x")}
    assert errors(CONDITIONAL, answered(a={"valueBoolean": False})) == set()
    assert errors(CONDITIONAL, {**answered(a={"valueBoolean": True}), "status": "in-progress"}) == set()


def test_limits_lengths_and_patterns_are_checked():
    limited = form(
        item("n", "integer", extension=[extension("minValue", valueInteger=1), extension("maxValue", valueInteger=9)]),
        item("s", maxLength=3, extension=[extension("minLength", valueInteger=2)]),
        item("p", extension=[extension("regex", valueString=r"\d+")]),
        item("m", "decimal", extension=[extension("maxDecimalPlaces", valueInteger=1)]),
    )
    for link_id, answer, code in (
        ("n", {"valueInteger": 0}, "too-small"),
        ("n", {"valueInteger": 10}, "too-large-value"),
        ("s", {"valueString": "abcd"}, "too-long"),
        ("s", {"valueString": "a"}, "too-short"),
        ("p", {"valueString": "1a"}, "wrong-pattern"),
        ("m", {"valueDecimal": 1.25}, "wrong-pattern"),
    ):
        assert errors(limited, answered(**{link_id: answer})) == {(code, link_id)}
    assert errors(limited, answered(n={"valueInteger": 5}, s={"valueString": "ab"}, p={"valueString": "12"})) == set()


def test_an_exclusive_option_goes_with_no_other():
    options = [
        {"valueCoding": {"code": "x", "display": "Cough"}},
        {
            "valueCoding": {"code": "none", "display": "None"},
            "extension": [extension("questionnaire-optionExclusive", valueBoolean=True)],
        },
    ]
    form_ = form(item("c", "choice", repeats=True, answerOption=options))
    both = answered()
    both["item"] = [{"linkId": "c", "answer": [{"valueCoding": {"code": "x"}}, {"valueCoding": {"code": "none"}}]}]
    assert errors(form_, both) == {("too-many", "c")}


def test_a_calculated_value_that_differs_is_a_warning():
    source = form(
        item("a", "integer"),
        item(
            "twice",
            "integer",
            readOnly=True,
            extension=[expression("calculatedExpression", "%resource.item.where(linkId='a').answer.value * 2")],
        ),
    )
    found = validate_response(questionnaire(source), answered(a={"valueInteger": 2}, twice={"valueInteger": 5}))
    assert [(problem.code, problem.severity) for problem in found] == [("calculated-differs", Severity.WARNING)]


# --- observations -----------------------------------------------------------------------------------------------------


def test_observations_come_from_marked_items_with_ids_that_never_change():
    code = {"system": "http://loinc.org", "code": "29463-7", "display": "Body weight"}
    marked = form(
        item("w", "decimal", code=[code], extension=[extension("questionnaire-unit", valueCoding=KG)]),
        item("quiet", "integer", code=[code], extension=[{"url": SDC + "observationExtract", "valueBoolean": False}]),
        item("uncoded", "integer"),
        extension=[{"url": SDC + "observationExtract", "valueBoolean": True}],
    )
    chat = Chat(marked).say("70.5", "1", "2")
    response = response_of(chat, About(subject="Patient/1", author="Patient/1", response_id="r1"))
    found = build_observations(chat.form, response, response_key="r1")
    assert len(found) == 1
    observation = found[0]
    assert observation["code"] == {"coding": [code], "text": "w?"}
    quantity = {"value": 70.5, "unit": "kilograms", "system": "http://unitsofmeasure.org", "code": "kg"}
    assert observation["valueQuantity"] == quantity
    assert observation["subject"] == {"reference": "Patient/1"}
    assert observation["derivedFrom"] == [{"reference": "QuestionnaireResponse/r1"}]
    assert observation["status"] == "final"
    assert build_observations(chat.form, response, response_key="r1")[0]["id"] == observation["id"]
    assert build_observations(chat.form, response, response_key="r2")[0]["id"] != observation["id"]


def test_the_zone_of_the_patient_rules_the_day():
    chat = Chat(form(item("d", "date")))
    chat.context = Context("sms", "en", NOW.replace(hour=2), "America/Vancouver")
    assert chat.say("today").values() == {"d": "2026-11-22"}


def test_twins_with_other_questions_under_them_are_told_apart():
    source = form(group("t", item("a")), group("t", item("b")), group("t", item("b", "integer")))
    chat = Chat(source).say("skip", "skip", "7")
    response = response_of(chat)
    assert [row["item"][0]["answer"] for row in response["item"]] == [[{"valueInteger": 7}]]
    assert errors(source, response) == set()
    state, problems = read_response(chat.form, chat.plan, response, context=chat.context)
    assert (list(state.answers), problems) == (list(chat.state.answers), [])

"""Expressions outside the subset, computed by the server with the library, in a process that can be ended."""

from __future__ import annotations

import time

import pytest
from fhirpathpy.engine.invocations import invocation_registry

from app.intake.fhirpath import Evaluator, evaluate, server_for
from forms.engine import begin
from forms.problems import Severity
from forms.questionnaire import read_questionnaire
from forms.response import build_response, validate_response
from forms.served import _FUNCTIONS
from tests.forms.chat import Chat

SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"


def expression(kind: str, text: str, **values: str) -> dict:
    return {"url": SDC + kind, "valueExpression": {"language": "text/fhirpath", "expression": text, **values}}


def form(*items: dict, extension: list | None = None) -> dict:
    head = {"resourceType": "Questionnaire", "status": "active", "language": "en", "title": "T", "item": list(items)}
    return {**head, **({"extension": extension} if extension else {})}


def item(link_id: str, kind: str, *extensions: dict, **values: object) -> dict:
    found = {"linkId": link_id, "type": kind, "text": f"{link_id}?", **values}
    return {**found, "extension": list(extensions)} if extensions else found


def talk(source: dict, *words: str, channel: str = "sms") -> Chat:
    chat = Chat(source, channel, "en", order="ymd", serve=server_for(read_questionnaire(source).draft))
    return chat.say(*words) if words else chat


def answers(chat: Chat) -> dict:
    """Every answer of the response by linkId."""
    found: dict = {}
    stack = list(build_response(chat.form, chat.plan, chat.state, context=chat.context).get("item", []))
    while stack:
        row = stack.pop(0)
        values = [value for answer in row.get("answer", []) for key, value in answer.items() if key != "item"]
        if values:
            found.setdefault(row["linkId"], []).extend(values)
        stack += row.get("item", []) + [i for answer in row.get("answer", []) for i in answer.get("item", [])]
    return found


LETTERS = "%resource.item.where(linkId='name').answer.value.toChars().count()"


def test_a_calculation_the_subset_does_not_know_is_computed():
    source = form(item("name", "string"), item("letters", "integer", expression("calculatedExpression", LETTERS)))
    problems = read_questionnaire(source).problems
    assert [(problem.code, problem.where) for problem in problems] == [("needs-connection", "letters")]
    chat = talk(source, "Marie")
    assert chat.state.status == "completed"
    assert answers(chat) == {"name": ["Marie"], "letters": [5]}


def test_what_is_computed_decides_what_is_asked_and_what_else_is_computed():
    long_name = {"question": "letters", "operator": ">", "answerInteger": 4}
    source = form(
        item("name", "string"),
        item("letters", "integer", expression("calculatedExpression", LETTERS)),
        item("double", "decimal", expression("calculatedExpression", "%resource.repeat(item).where(linkId='letters')"
             ".answer.value.aggregate($this + $total, 0) * 2 + ''.toChars().count()")),
        item("short", "string", enableWhen=[long_name]),
    )  # fmt: skip
    chat = talk(source, "Marie")
    assert chat.asked == "short"
    assert answers(chat) == {"name": ["Marie"], "letters": [5], "double": [10]}
    assert talk(source, "Max").state.status == "completed"


def test_a_condition_only_the_server_can_judge_shows_and_hides_its_question():
    shows = expression(
        "enableWhenExpression", "%resource.item.where(linkId='name').answer.value.encode('hex') = '4d6178'"
    )
    source = form(item("name", "string"), item("why", "string", shows))
    assert talk(source, "Max").asked == "why"
    assert talk(source, "Marie").state.status == "completed"


def test_without_the_server_a_question_whose_condition_it_judges_is_not_asked_and_nothing_breaks():
    shows = expression("enableWhenExpression", "%resource.item.first().answer.value.toChars().count() > 2")
    source = form(item("name", "string"), item("why", "string", shows))
    assert Chat(source, "sms", "en").say("Max").state.status == "completed"


def test_variables_of_the_form_and_of_a_group_are_known_to_the_server():
    source = form(
        item("name", "string"),
        item("group", "group", expression("variable", "%first.toChars().count()", name="many"), item=[
            item("letters", "integer", expression("calculatedExpression", "%many + %context.linkId.toChars().count()")),
        ]),
        extension=[expression("variable", "%resource.item.where(linkId='name').answer.value", name="first")],
    )  # fmt: skip
    assert answers(talk(source, "Max")) == {"name": ["Max"], "letters": [10]}


def test_in_a_repeating_group_each_occurrence_has_its_own_value():
    source = form(item("group", "group", repeats=True, item=[
        item("name", "string"),
        item("letters", "integer", expression(
            "calculatedExpression", "%parent.item.where(linkId='name').answer.value.toChars().count()"
        )),
    ], extension=[expression("variable", "%context", name="parent")]))  # fmt: skip
    chat = talk(source, "Max", "1", "Marie", "2")
    assert answers(chat)["letters"] == [3, 5]


def test_a_rule_only_the_server_can_check_is_kept_and_says_its_sentence():
    rule = {"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-constraint", "extension": [
        {"url": "key", "valueId": "k"}, {"url": "severity", "valueCode": "error"},
        {"url": "expression", "valueString": "answer.value.matches('^(?=.*[0-9]).{4,}$')"},
        {"url": "human", "valueString": "Use a digit."},
    ]}  # fmt: skip
    source = form(item("word", "string", rule))
    chat = talk(source, "abcdef")
    assert chat.asked == "word"
    assert answers(talk(source, "abc1")) == {"word": ["abc1"]}
    draft = read_questionnaire(source).draft
    response = {"resourceType": "QuestionnaireResponse", "status": "completed", "item": [
        {"linkId": "word", "answer": [{"valueString": "abcdef"}]}]}  # fmt: skip
    problems = validate_response(draft, response, serve=server_for(draft))
    assert [(problem.code, problem.message) for problem in problems] == [("constraint", "Use a digit.")]


def test_an_initial_value_nobody_is_asked_about_is_computed():
    source = form(
        item("name", "string"),
        item("code", "string", expression("initialExpression", "'abc'.encode('hex')"), readOnly=True),
    )
    assert answers(talk(source, "Max"))["code"] == ["616263"]


def test_a_choice_may_be_computed_by_its_code():
    options = [{"valueCoding": {"system": "urn:x", "code": code, "display": code.upper()}} for code in ("lo", "hi")]
    text = (
        "iif(%resource.item.where(linkId='n').answer.value.encode('hex').empty(), {}, "
        "%questionnaire.item.where(linkId='level').answerOption.value.where(code = 'hi'))"
    )
    source = form(
        item("n", "string"), item("level", "choice", expression("calculatedExpression", text), answerOption=options)
    )
    assert answers(talk(source, "x"))["level"] == [options[1]["valueCoding"]]


def test_weights_are_found_at_the_form_s_options():
    weight = {"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": 2}
    options = [{"valueCoding": {"code": "a", "display": "A", "extension": [weight]}}]
    text = "%resource.item.answer.value.ordinal().aggregate($this + $total, 0) + 'x'.toChars().count()"
    source = form(
        item("q", "choice", answerOption=options), item("sum", "decimal", expression("calculatedExpression", text))
    )
    assert answers(talk(source, "1"))["sum"] == [3]


def test_a_sum_over_all_answers_leaves_itself_out_and_two_such_sums_never_settle():
    total = expression("calculatedExpression", "%resource.item.answer.value.sum() + ''.toChars().count()")
    assert answers(talk(form(item("n", "integer"), item("sum", "integer", total)), "4")) == {"n": [4], "sum": [4]}
    twice = form(item("n", "integer"), item("a", "integer", total), item("b", "integer", total))
    assert answers(talk(twice, "4")) == {"n": [4]}


def test_it_is_the_patient_s_day():
    text = "(today() + 1 day).toString().toChars().count() + today().toString().substring(8, 2).toInteger()"
    source = form(item("n", "string"), item("day", "integer", expression("calculatedExpression", text)))
    chat = talk(source, "x")
    assert answers(chat)["day"] == [10 + chat.context.today.day]


@pytest.mark.parametrize(("text", "reason"), [
    ("%patient.birthDate", "%patient is not known here"),
    ("%resource.item.memberOf('x')", "the function memberOf() is not known here"),
    ("resolve()", "the function resolve() is not known here"),
])  # fmt: skip
def test_what_nobody_here_can_compute_is_refused_with_a_reason(text, reason):
    source = form(item("n", "integer"), item("x", "integer", expression("calculatedExpression", text)))
    result = read_questionnaire(source)
    (problem,) = result.problems
    assert (problem.code, problem.where, problem.severity) == ("expression-not-used", "x", Severity.WARNING)
    assert reason in problem.message
    chat = talk(source, "4")
    assert answers(chat) == {"n": [4]}  # never asked, never guessed


def request(*texts: str) -> dict:
    word = {"linkId": "w", "#": ["w"], "answer": [{"valueString": "a" * 40 + "!"}]}
    wanted = [{"text": text, "at": ["w", "w"], "variables": [], "alone": True, "calculates": False} for text in texts]
    resource = {"resourceType": "QuestionnaireResponse", "item": [word]}
    return {"resource": resource, "questionnaire": None, "now": "2026-11-23T09:30:00", "wanted": wanted}


HOSTILE = [
    "answer.value.matches('^(a+)+$')",
    "%resource.descendants().select(" * 6 + "%resource.descendants()" + ")" * 6,
    "'" + "a" * 30 + "'" + ".replace('a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')" * 9,
    "10.power(100000000)",
    "(" * 70 + "1" + ")" * 70,
]


def test_hostile_expressions_end_soon_give_nothing_and_spare_the_others():
    evaluator = Evaluator()
    began = time.process_time()
    assert evaluator.evaluate(request("1 + 1", *HOSTILE[:2])) == [[2], [], []]
    assert evaluator.evaluate(request(*HOSTILE[:4], "1 + 2")) == [[], [], [], [], [3]]
    assert len(evaluator._given_up) >= 2  # what used up its time is not tried again
    assert time.process_time() - began < 1
    evaluator.close()


def test_a_killed_process_is_started_anew():
    evaluator = Evaluator()
    assert evaluator.evaluate(request("1 + 1")) == [[2]]
    evaluator._process._program.kill()
    evaluator._process._program.wait()
    assert evaluator.evaluate(request("1 + 2")) == [[3]]
    evaluator.close()


def test_a_form_of_hostile_expressions_is_walked_in_bounded_time():
    extensions = [expression("calculatedExpression", text) for text in HOSTILE * 4]
    source = form(item("w", "string"), *(item(f"c{n}", "string", each) for n, each in enumerate(extensions)))
    chat = talk(source, "words")
    assert chat.state.status == "completed"


def test_the_server_is_asked_once_for_the_same_answers():
    source = form(item("name", "string"), item("letters", "integer", expression("calculatedExpression", LETTERS)))
    asked = []

    def counting(told):
        asked.append(told)
        return evaluate(told)

    read = read_questionnaire(source).questionnaire
    server = server_for(read)
    chat = Chat(source, "sms", "en", serve=type(server)(read, counting))
    begin(chat.plan, chat.context)
    assert len(asked) <= 4


def test_the_functions_we_promise_are_those_the_library_has():
    own = {"weight", "ordinal"}
    assert _FUNCTIONS - own <= set(invocation_registry)
    named = {name for name in invocation_registry if name.isidentifier() and not name.endswith("Op")}
    assert named - _FUNCTIONS <= {"or", "and", "xor", "implies", "mod", "div", "in"}

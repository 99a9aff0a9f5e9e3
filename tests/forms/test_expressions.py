"""One table of expression cases, evaluated by the server and by the browser's script: the results are the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import brotli
import pytest

from forms.asking import board_for
from forms.board import Board
from forms.expressions import OPERATORS, RARE, evaluate, runs_in_browser
from forms.fhirpath_trees import compile_fhirpath
from forms.paths import split_path
from forms.plan import Plan, compile_plan
from forms.questionnaire import read_questionnaire
from forms.render.logic import logic_to_json
from forms.state import Answer
from forms.symbols import Outline
from tests.forms import chat as chats
from tests.forms.browser import SCRIPT, run_in_node

CASES = json.loads((Path(__file__).parents[1] / "cases" / "expressions.json").read_text(encoding="utf-8"))
ROWS = CASES["rows"]


def plan_of_cases() -> Plan:
    questionnaire = read_questionnaire(CASES["form"]).questionnaire
    assert questionnaire is not None
    return compile_plan(questionnaire, "en")


PLAN = plan_of_cases()


def outline(plan: Plan) -> Outline:
    children: list[list[int]] = [[] for _ in plan.items]
    for item in plan.items:
        if item.under >= 0:
            children[item.under].append(item.index)
    return Outline(plan.items, children, [item.index for item in plan.items if item.under < 0])


def tree_of(row: dict[str, Any]) -> Any:
    if "tree" in row:
        return row["tree"]
    item = split_path(PLAN, row["at"])[0] if "at" in row else None
    return compile_fhirpath(row["fhirpath"], outline(PLAN), item=item.index if item else None)


def evaluated(row: dict[str, Any]) -> list[Any]:
    answers = {path: Answer(value, "", "", "test") for path, value in row.get("answers", {}).items()}
    board = Board(PLAN, answers, row.get("counts", {}), CASES["now"])
    item, indices = split_path(PLAN, row.get("at", "n"))
    assert item is not None
    return evaluate(tree_of(row), board.place(item, indices))


def is_exact(found: Any, expected: Any) -> bool:
    """Equal as JSON: true is not 1."""
    return json.dumps(found) == json.dumps(expected)


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_an_expression_gives_what_the_table_says(row):
    assert is_exact(evaluated(row), row["expected"])


def test_the_browser_gives_what_the_table_says():
    rows = [row for row in ROWS if runs_in_browser([tree_of(row)])]
    assert len(rows) > 0.8 * len(ROWS)
    cases = [
        {
            "logic": logic_to_json(PLAN),
            "answers": row.get("answers", {}),
            "counts": row.get("counts", {}),
            "now": CASES["now"],
            "tree": tree_of(row),
            "at": row.get("at", "n"),
        }
        for row in rows
    ]
    wrong = [
        (row["id"], found, row["expected"])
        for row, found in zip(rows, run_in_node(cases), strict=True)
        if not is_exact(found, row["expected"])
    ]
    assert wrong == []


def test_every_operator_is_in_the_browser_or_declared_rare():
    script = SCRIPT.read_text(encoding="utf-8")
    known = {name for name in OPERATORS if f"    {name}: " in script or f"    '{name}': " in script}
    signs = {mark + sign for mark in ("", "d") for sign in ("<", "<=", ">", ">=", "=")}
    assert known | signs | {name for name in RARE if not name.startswith("math.")} == set(OPERATORS)
    assert known.isdisjoint(RARE)


def test_the_browsers_evaluator_is_at_most_four_kilobytes():
    lines = SCRIPT.read_text(encoding="utf-8").splitlines()
    code = "\n".join(line for line in lines if not line.lstrip().startswith("//"))  # comments are never sent
    assert len(brotli.compress(code.encode())) <= 4000


@pytest.mark.parametrize(
    "text",
    ["(" * 200 + "1" + ")" * 200, "1 +", "'open", "a..b", "%", "1 ^ 2", "x" * 30_000, "{", "where("],
    ids=[
        "too deep",
        "ends early",
        "open text",
        "two points",
        "no name",
        "no operator",
        "too long",
        "brace",
        "open call",
    ],
)
def test_what_is_no_fhirpath_is_reported_and_left_out(text):
    form = {"resourceType": "Questionnaire", "status": "active", "language": "en", "title": "t", "item": [
        {"linkId": "a", "type": "string", "text": "Words?"},
        {"linkId": "b", "type": "string", "text": "More?", "extension": [
            {"url": "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-enableWhenExpression",
             "valueExpression": {"language": "text/fhirpath", "expression": text}}]}]}  # fmt: skip
    result = read_questionnaire(form)
    assert result.questionnaire is not None
    assert [problem.code for problem in result.problems] == ["expression"]
    assert result.questionnaire.items[1].plan.when is None


@pytest.mark.parametrize(("text", "code"), [
    ("%patient.birthDate", "expression-not-used"),
    ("%resource.item.memberOf('x')", "expression-not-used"),
    ("resolve()", "expression-not-used"),
    ("%resource.item.answer.value.matches('(?=a)')", "needs-connection"),
    ("%resource.item.answer.value is string", "needs-connection"),
])  # fmt: skip
def test_what_is_outside_the_subset_is_left_to_the_server_or_refused_and_never_asked(text, code):
    form = {"resourceType": "Questionnaire", "status": "active", "language": "en", "title": "t", "item": [
        {"linkId": "a", "type": "string", "text": "Words?"},
        {"linkId": "b", "type": "decimal", "text": "Total", "extension": [
            {"url": "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression",
             "valueExpression": {"language": "text/fhirpath", "expression": text}}]}]}  # fmt: skip
    result = read_questionnaire(form)
    assert [problem.code for problem in result.problems] == [code]
    assert [served.text for served in result.questionnaire.served] == ([text] if code == "needs-connection" else [])
    assert not result.questionnaire.items[1].plan.is_asked


def test_a_calculation_with_a_name_is_a_variable_for_what_is_below_it():
    def calculated(text: str, **named: str) -> list[dict]:
        (found,) = [chats.expression("calculatedExpression", text)]
        found["valueExpression"] |= named
        return [found]

    below = chats.item("b1", "integer", extension=calculated("%b + 1"))
    above = calculated("%resource.item.where(linkId='a').answer.value + 1", name="b")
    source = chats.form(
        chats.item("a", "integer"),
        chats.item("b", "integer", extension=above, item=[below]),
        chats.item("c", "integer", extension=calculated("%d + 1")),
        extension=calculated("%resource.item.where(linkId='b').answer.value + 2", name="d"),
    )
    chat = chats.Chat(source).say("1")
    board = board_for(chat.plan, chat.state, chat.context)
    assert [board.values(each, ()) for each in chat.plan.items] == [[1], [2], [3], [5]]
    assert read_questionnaire(source).problems == ()


@pytest.mark.parametrize("text", [
    "%resource.item.answer.value.extension.where(url='{url}').value.sum()",
    "%resource.item.answer.value.extension.where('{url}' = url).value.sum()",
    "%resource.item.answer.value.extension('{url}').value.sum()",
    "%resource.item.answer.value.ordinal().sum()",
])  # fmt: skip
def test_weights_are_looked_up_the_ways_forms_write_it(text):
    weight = chats.CORE + "ordinalValue"
    source = chats.form(
        chats.choice("q", "Never", "Often"),
        chats.item("sum", "decimal", extension=[chats.expression("calculatedExpression", text.format(url=weight))]),
    )
    for number, option in enumerate(source["item"][0]["answerOption"], start=4):
        option["extension"] = [{"url": weight, "valueDecimal": number}]
    assert read_questionnaire(source).problems == ()
    chat = chats.Chat(source).say("2")
    board = board_for(chat.plan, chat.state, chat.context)
    assert board.values(chat.plan.items[1], ()) == [5]


def test_another_extension_of_an_answer_is_left_to_the_server():
    for text in (
        "%resource.item.answer.value.extension.exists()",
        "%resource.item.answer.extension.where(url='x').value",
    ):
        other = chats.item("b", "boolean", extension=[chats.expression("calculatedExpression", text)])
        problems = read_questionnaire(chats.form(chats.item("q"), other)).problems
        assert [problem.code for problem in problems] == ["needs-connection"]

"""enableWhen and on-answer rules as expression trees: R4, R5 and STU3 shapes, all operators, both behaviours."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from forms import names
from forms.extensions import extensions_of, typed_value, value_of
from forms.items import CHOICES, Kind, OnAnswer
from forms.languages import NOTHING, Words, words_of
from forms.measures import converted
from forms.values import choice_value, plain_value

if TYPE_CHECKING:
    from forms.item_reader import ReadItem
    from forms.items import PlanItem, Tree
    from forms.problems import Findings

_DATES: Final = frozenset({Kind.DATE, Kind.DATETIME, Kind.TIME})
_ORDERS: Final = frozenset({"<", "<=", ">", ">="})
_OPERATORS: Final = {"equals": "=", "==": "=", "<>": "!=", "gt": ">", "lt": "<", "ge": ">=", "le": "<=", "ne": "!="}

Find = Callable[[str], Sequence["ReadItem"]]  # all items with a linkId


class ConditionReader:
    """Reads the enableWhen of all items of one form; the same condition on many items is worked out once."""

    def __init__(self, find: Find, findings: Findings) -> None:
        self._find = find
        self._findings = findings
        self._known: dict[str, Tree] = {}

    def read(self, item: ReadItem) -> Tree:
        """The tree for an item's enableWhen; None when it has none. Dangling references are errors."""
        rows = item.raw.get("enableWhen")
        if isinstance(rows, Mapping):
            rows = [rows]
        if not isinstance(rows, list) or not rows:
            return None
        trees = [self._condition(row, item) for row in rows if isinstance(row, Mapping)]
        if len(trees) != len(rows):
            self._findings.warn(
                "condition",
                item.plan.link_id,
                message="A condition is not an object; it is left out.",
                fix="Correct enableWhen.",
            )
        known = [tree for tree in trees if tree is not None]
        behaviour = _behaviour(item, self._findings) if len(rows) > 1 else "and"
        known = _unlike(known)
        return [behaviour, *known] if len(known) > 1 else known[0] if known else None

    def _condition(self, row: Mapping[str, Any], item: ReadItem) -> Tree:
        mark = json.dumps(row, sort_keys=True, default=str)
        if mark not in self._known:
            before = self._findings.count
            tree = _condition(row, item, self._find, self._findings)
            if self._findings.count != before:
                return tree  # what is worth reporting is reported for each item
            self._known[mark] = tree
        return self._known[mark]


def _unlike(trees: list[Tree]) -> list[Tree]:
    """Each tree once."""
    return list({json.dumps(tree, sort_keys=True): tree for tree in trees}.values())


def _behaviour(item: ReadItem, findings: Findings) -> str:
    written = item.raw.get("enableBehavior")
    if isinstance(written, str) and written in {"all", "any"}:
        return "and" if written == "all" else "or"
    findings.warn(
        "no-enable-behavior",
        item.plan.link_id,
        message="Several conditions, but not whether all or any must hold; read as any (STU3's rule).",
        fix='Add enableBehavior: "all" or "any".',
    )
    return "or"


def _condition(row: Mapping[str, Any], item: ReadItem, find: Find, findings: Findings) -> Tree:
    question = row.get("question")
    where = item.plan.link_id
    asked = find(question) if isinstance(question, str) else []
    if not asked:
        findings.error(
            "dangling-condition",
            where,
            message=f"The condition refers to {str(question)!r:.80}, which no item has as its linkId.",
            fix="Correct the linkId in enableWhen.question, or remove the condition.",
        )
        return None
    if not any(other.plan.is_question for other in asked):
        findings.warn(
            "condition-on-text",
            where,
            message=f"The condition refers to {question!r:.80}, which is not a question; it counts as unanswered.",
            fix="Refer to a question.",
        )
    trees = [_compared(row, other, where, findings) for other in asked]
    known = [tree for tree in trees if tree is not None]
    negative = _operator(row) == "!="
    return known[0] if len(known) == 1 else ["and" if negative else "or", *known] if known else None


def _operator(row: Mapping[str, Any]) -> str:
    written = row.get("operator")
    if "hasAnswer" in row or (written is None and "answerBoolean" not in row and _answer(row)[1] is None):
        return "exists"
    return _OPERATORS.get(str(written), str(written)) if written is not None else "="


def _answer(row: Mapping[str, Any]) -> tuple[str, Any]:
    for member, value in row.items():
        if member.startswith("answer"):
            return member, value
    return "", None


def _compared(row: Mapping[str, Any], other: ReadItem, where: str, findings: Findings) -> Tree:
    operator = _operator(row)
    _member, answer = _answer(row)
    if operator == "exists":
        wanted = row.get("hasAnswer", answer)
        return ["any" if wanted is not False else "none", ["v", other.plan.key]]
    if operator not in {"=", "!="} | _ORDERS:
        findings.error(
            "condition-operator",
            where,
            message=f"The operator {operator!r:.20} of a condition is not known.",
            fix="Use exists, =, !=, >, <, >= or <=.",
        )
        return None
    if answer is None:
        findings.error(
            "condition-without-answer",
            where,
            message="A condition compares with nothing.",
            fix="Give the condition an answer[x].",
        )
        return None
    return comparison(operator, answer, other, where=where, findings=findings)


def comparison(operator: str, answer: Any, other: ReadItem, *, where: str, findings: Findings) -> Tree:
    """Whether some answer of `other` stands in a relation to a constant. != means: no answer equals it (FHIR R4)."""
    plan = other.plan
    constant = _constant(plan, answer, other)
    if constant is None:
        findings.warn(
            "condition-never",
            where,
            message=f"The condition waits for an answer {plan.link_id!r:.80} cannot have.",
            fix="Compare with one of the question's own answers.",
        )
        if plan.kind in CHOICES and plan.options:
            return operator == "!="  # a coding of another system is another answer, even where its code is the same
        constant = (
            answer
            if isinstance(answer, str | int | float | bool)
            else dict(answer)
            if isinstance(answer, Mapping)
            else ""
        )
    kind = "d" if plan.kind in _DATES else "q" if plan.kind is Kind.QUANTITY else ""
    if kind == "q":
        constant = _in_every_unit(plan, constant)
    if operator in _ORDERS:
        return ["cmp", plan.key, operator, constant, kind]
    equal: Tree = ["cmp", plan.key, "=", constant, kind] if kind else ["is", plan.key, [constant]]
    return ["not", equal] if operator == "!=" else equal


def _in_every_unit(plan: PlanItem, constant: Any) -> Any:
    """The quantity in each unit the question takes: a fever is a fever in °F too."""
    if not isinstance(constant, dict) or len(plan.units) < 2:
        return constant
    number, own = constant.get("value"), constant.get("unit")
    if not (isinstance(own, str) and own and isinstance(number, int | float)):
        return constant
    values = {unit.code: converted(number, own, unit.code) for unit in plan.units}
    known = [{"value": value, "unit": unit} for unit, value in values.items() if value is not None]
    return known if len(known) > 1 else constant


def _constant(plan: PlanItem, answer: Any, other: ReadItem) -> Any:
    if plan.kind in CHOICES:
        found = choice_value(plan, answer, other.option_raws)
        if found is None and isinstance(answer, Mapping):
            return next(
                (option.value for option in plan.options if answer.get("code") and answer["code"] == option.code), None
            )
        return found
    if isinstance(answer, Mapping) and plan.kind is not Kind.QUANTITY:
        return answer.get("code") if plan.kind in {Kind.STRING, Kind.TEXT} else None
    value = plain_value(plan, answer)
    expected = {Kind.BOOLEAN: bool, Kind.INTEGER: int | float, Kind.DECIMAL: int | float, Kind.QUANTITY: dict}.get(
        plan.kind, str
    )
    fits = isinstance(value, expected) and (plan.kind is Kind.BOOLEAN or not isinstance(value, bool))
    return value if fits else None


# --- our on-answer rules ----------------------------------------------------------------------------------------------


def read_rules(item: ReadItem, findings: Findings, compile_when: Callable[[str], Tree]) -> list[tuple[OnAnswer, Words]]:
    """The red-flag rules on an item, with their words in all languages. `compile_when` reads a FHIRPath condition."""
    found = []
    for extension in extensions_of(item.raw):
        if extension.get("url") == names.ON_ANSWER:
            rule = _rule(extension, item, findings, compile_when)
            if rule is not None:
                found.append(rule)
    return found


def _rule(
    extension: Mapping[str, Any], item: ReadItem, findings: Findings, compile_when: Callable[[str], Tree]
) -> tuple[OnAnswer, Words] | None:
    parts = [part for part in extensions_of(extension) if isinstance(part.get("url"), str)]
    named = {part["url"]: part for part in parts}
    when = _rule_condition(parts, item, findings, compile_when)
    if when is None or "rule" not in named:
        findings.warn(
            "rule",
            item.plan.link_id,
            message="An on-answer rule has no name or no condition and is left out.",
            fix="Give it a rule, an operator and an answer, or a when expression.",
        )
        return None
    tell = words_of(named["tell"], typed_value(named["tell"])[0]) if "tell" in named else NOTHING
    urgency = str(value_of(named["urgency"])) if "urgency" in named else "urgent"
    return OnAnswer(str(value_of(named["rule"])), when, urgency, tell.base), tell


def _rule_condition(
    parts: Sequence[Mapping[str, Any]], item: ReadItem, findings: Findings, compile_when: Callable[[str], Tree]
) -> Tree:
    named = {part["url"]: part for part in parts}
    if "when" in named:
        expression = value_of(named["when"])
        text = expression.get("expression") if isinstance(expression, Mapping) else expression
        return compile_when(text) if isinstance(text, str) else None
    operator = str(value_of(named["operator"])) if "operator" in named else "="
    answers = [value_of(part) for part in parts if part["url"] == "answer"]
    if operator == "exists":
        return ["any", ["v", item.plan.key]]
    if not answers or operator not in {"=", "!="} | _ORDERS:
        return None
    trees = [comparison(operator, answer, item, where=item.plan.link_id, findings=findings) for answer in answers]
    return trees[0] if len(trees) == 1 else ["and" if operator == "!=" else "or", *trees]

"""Checks across items: conditions that go in circles, nothing to ask, totals nobody computes, a doubtful language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from forms.items import NUMBERS, Channel
from forms.languages import guess_language, primary
from forms.trees import keys_in, variables_in
from forms.trial import asks_anything

if TYPE_CHECKING:
    from forms.item_reader import ReadItem
    from forms.items import PlanItem, Tree
    from forms.plan_model import Plan
    from forms.problems import Findings

_MOST_LEAST: Final = 200
_TOTAL: Final = re.compile(r"\b(total|sum|score|pointage|somme)\b", re.IGNORECASE)


def bound_loops(items: Sequence[ReadItem], findings: Findings) -> list[ReadItem]:
    """Repeating groups inside repeating groups multiply; what they must have at least is kept within reason."""
    found: list[ReadItem] = []
    least: dict[int, int] = {}  # loop -> occurrences of it there must be in all
    for item in items:
        plan = item.plan
        if plan.loop:
            around = least[plan.loops[-2]] if len(plan.loops) > 1 else 1
            least[plan.index] = around * max(plan.min_occurs, 1)
            if least[plan.index] > _MOST_LEAST:
                findings.warn(
                    "too-many-occurrences",
                    plan.link_id,
                    message=f"At least {least[plan.index]} occurrences would have to be asked; one is asked first.",
                    fix="Lower minOccurs.",
                )
                least[plan.index] = around
                found.append(replace(item, plan=replace(plan, min_occurs=int(plan.required))))
                continue
        found.append(item)
    return found


def check_circles(items: Sequence[PlanItem], variables: Sequence[Tree], findings: Findings) -> set[int]:
    """Conditions and calculations that depend on themselves; returns the items whose calculation must be dropped."""
    number = {item.key: item.index for item in items}
    through = [_numbers(tree, number, variables) for tree in variables]
    asks = {2 * i.index: _needs(i, i.when, number, through) for i in items}  # even: is it asked?
    values = {
        2 * i.index + 1: [2 * i.index, *_reads(i.calculate, number, through)] for i in items
    }  # odd: what is its value?
    dropped: set[int] = set()
    for circle in _circles({**asks, **values}):
        inside = sorted({node // 2 for node in circle})
        if all(node % 2 for node in circle):
            dropped.update(inside)
            _report_calculation(items, inside, findings)
        else:
            _report_condition(items, inside, findings)
    return dropped


def _needs(item: PlanItem, tree: Tree, number: dict[str, int], through: Sequence[set[int]]) -> list[int]:
    above = [2 * item.under] if item.under >= 0 else []
    return [*above, *_reads(tree, number, through)]


def _reads(tree: Tree, number: dict[str, int], through: Sequence[set[int]]) -> list[int]:
    direct = {number[key] for key in keys_in(tree) if key in number}
    for variable in variables_in(tree):
        direct |= through[variable] if variable < len(through) else set()
    return [2 * index + 1 for index in direct]


def _numbers(tree: Tree, number: dict[str, int], variables: Sequence[Tree]) -> set[int]:
    """The items a variable reads, through other variables too (which always come before it)."""
    found: set[int] = set()
    seen: set[int] = set()
    stack = [tree]
    while stack:
        part = stack.pop()
        found |= {number[key] for key in keys_in(part) if key in number}
        for variable in variables_in(part):
            if variable not in seen and variable < len(variables):
                seen.add(variable)
                stack.append(variables[variable])
    return found


def _circles(graph: dict[int, list[int]]) -> list[list[int]]:
    """Strongly connected parts with more than one node, or a node that leads to itself (Tarjan, without recursion)."""
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    on_stack: set[int] = set()
    stack: list[int] = []
    circles: list[list[int]] = []
    for root, neighbours in graph.items():
        if root in order:
            continue
        work = [(root, iter(neighbours))]
        order[root] = low[root] = len(order)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, nexts = work[-1]
            step = next(nexts, None)
            if step is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == order[node]:
                    part = _popped(stack, on_stack, node)
                    if len(part) > 1 or node in graph[node]:
                        circles.append(part)
            elif step not in order:
                order[step] = low[step] = len(order)
                stack.append(step)
                on_stack.add(step)
                work.append((step, iter(graph[step])))
            elif step in on_stack:
                low[node] = min(low[node], order[step])
    return circles


def _popped(stack: list[int], on_stack: set[int], node: int) -> list[int]:
    part = []
    while True:
        top = stack.pop()
        on_stack.discard(top)
        part.append(top)
        if top == node:
            return part


def _names(items: Sequence[PlanItem], inside: Sequence[int]) -> str:
    shown = ", ".join(repr(items[index].link_id) for index in inside[:6])
    return shown + (" ..." if len(inside) > 6 else "")


def _report_condition(items: Sequence[PlanItem], inside: Sequence[int], findings: Findings) -> None:
    conditional = [index for index in inside if items[index].when is not None]
    contains_itself = len(conditional) == 1
    for index in conditional:
        where = items[index].link_id
        if contains_itself:
            findings.error(
                "self-containing-condition",
                where,
                message="The condition waits for an answer inside the item itself, so it can never be shown.",
                fix="Refer to a question outside this item.",
            )
        else:
            findings.error(
                "cyclic-condition",
                where,
                message=f"The conditions of {_names(items, conditional)} wait for each other.",
                fix="Break the circle: let one of them depend on an earlier question only.",
            )


def _report_calculation(items: Sequence[PlanItem], inside: Sequence[int], findings: Findings) -> None:
    for index in inside:
        findings.warn(
            "cyclic-calculation",
            items[index].link_id,
            message=f"The calculations of {_names(items, inside)} depend on each other; they are left out.",
            fix="Break the circle.",
        )


def check_questions(items: Sequence[ReadItem], findings: Findings) -> None:
    """A number called total should say that it is computed."""
    asked = [item for item in items if item.plan.is_asked]
    for item in asked:
        if (
            item.plan.kind in NUMBERS
            and not item.plan.units
            and _TOTAL.search(item.plan.text)
            and _looks_like_total(item)
        ):
            findings.warn(
                "looks-like-total",
                item.plan.link_id,
                message="This looks like a total that is computed, but nothing in the form says so; it will be asked.",
                fix="Mark it readOnly or give it a calculatedExpression, if patients should not be asked.",
            )


def check_asking(plan: Plan, findings: Findings) -> None:
    """A form that would begin with no question on any channel cannot be asked."""
    if not asks_anything(plan, Channel.WEB):
        findings.error(
            "no-askable-question",
            "",
            message="No question in the form can be asked.",
            fix="Add a question a patient can answer; list the options of choices in the form.",
        )


def _looks_like_total(item: ReadItem) -> bool:
    return len(item.plan.text) < 80 and not item.plan.text.rstrip().endswith("?")


def check_language(declared: str | None, items: Sequence[ReadItem], findings: Findings) -> str:
    """The base language: the declared one, else the one the words are in, else English."""
    guess = guess_language(item.plan.text for item in items if item.plan.text)
    if declared is None:
        base = guess or "en"
        findings.warn(
            "no-language",
            "language",
            message=f"The form does not say its language; read as {base}.",
            fix=f'Add "language": "{base}".',
        )
        return base
    if guess is not None and guess != primary(declared):
        findings.warn(
            "language-mismatch",
            "language",
            message=f"The form says it is in {declared}, but its words look like {guess}.",
            fix="Correct language, or put the words of the declared language in the texts.",
        )
    return declared

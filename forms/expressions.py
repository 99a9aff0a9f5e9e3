"""Evaluates expression trees, what enableWhen and FHIRPath compile to. The browser runs the same (pwa/expressions.js).

A tree is a JSON value: a list [operator, argument, ...], or a bare string, number, object or true/false standing for
itself; [] is FHIRPath's empty collection. Every tree evaluates to a list. Both evaluators read
tests/cases/expressions.json; a difference is a bug. Work is bounded: a run of more than STEPS steps gives nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from forms.operators import answers, arithmetic, collections, comparison, logic, texts
from forms.operators.core import Budget, Env, Operator, Scope, TooMuch, Values, truth_of
from forms.trees import operators_in

if TYPE_CHECKING:
    from forms.items import Tree

__all__ = ["OPERATORS", "RARE", "STEPS", "Budget", "Scope", "evaluate", "holds", "runs_in_browser"]

STEPS: Final = 200_000
OPERATORS: Final[dict[str, Operator]] = {
    **answers.OPERATORS,
    **logic.OPERATORS,
    **comparison.OPERATORS,
    **arithmetic.OPERATORS,
    **collections.OPERATORS,
    **texts.OPERATORS,
}
# Left out of the browser's evaluator, which has to stay small; trees that need them are computed on the server.
RARE: Final = frozenset({
    "xor", "~", "distinct", "avg", "fold", "total", "split", "find", "upper", "lower", "trim", "lab", "time", "bool",
    "fits", "math.sqrt", "math.log", "fp",
})  # fmt: skip


def evaluate(tree: Tree, scope: Scope, this: Any = None, *, budget: Budget | None = None) -> Values:
    """The collection `tree` stands for. `this` is what $this means at the top: the answer of the rule's own item.

    `budget` is shared by evaluations that together must end.
    """
    try:
        return Env(OPERATORS, scope, budget or Budget(STEPS), this).run(tree)
    except (TooMuch, RecursionError):
        return []


def holds(tree: Tree, scope: Scope, *, budget: Budget | None = None) -> bool:
    """True when the tree gives true and nothing else: empty and false both mean no."""
    return truth_of(evaluate(tree, scope, budget=budget)) is True


def runs_in_browser(trees: Iterable[Tree]) -> bool:
    """Whether the phone can evaluate all of these by itself."""
    return all(operators_in(tree).isdisjoint(RARE) for tree in trees)

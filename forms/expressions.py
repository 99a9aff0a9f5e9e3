"""Evaluates expression trees, what enableWhen and FHIRPath compile to. The browser runs the same (pwa/expressions.js).

A tree is a JSON value: a list [operator, argument, ...], or a bare string, number, object or true/false standing for
itself; [] is FHIRPath's empty collection. Every tree evaluates to a list. Both evaluators read
tests/cases/expressions.json; a difference is a bug. Work is bounded: a run of more than STEPS steps gives nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from forms.operators import answers, arithmetic, collections, comparison, logic, texts
from forms.operators.core import Budget, Env, Operator, Scope, TooMuch, Values, truth_of

if TYPE_CHECKING:
    from forms.items import Tree

__all__ = ["OPERATORS", "STEPS", "Scope", "evaluate", "holds"]

STEPS: Final = 200_000
OPERATORS: Final[dict[str, Operator]] = {
    **answers.OPERATORS,
    **logic.OPERATORS,
    **comparison.OPERATORS,
    **arithmetic.OPERATORS,
    **collections.OPERATORS,
    **texts.OPERATORS,
}


def evaluate(tree: Tree, scope: Scope, this: Any = None) -> Values:
    """The collection `tree` stands for. `this` is what $this means at the top: the answer of the rule's own item."""
    try:
        return Env(OPERATORS, scope, Budget(STEPS), this).run(tree)
    except (TooMuch, RecursionError):
        return []


def holds(tree: Tree, scope: Scope, this: Any = None) -> bool:
    """True when the tree gives true and nothing else: empty and false both mean no."""
    return truth_of(evaluate(tree, scope, this)) is True

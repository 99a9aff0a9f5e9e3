"""Equality and order, by value or by calendar."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from forms.operators.core import RELATIONS, Env, Operator, Values, date_order, one, order_of, same

if TYPE_CHECKING:
    from forms.items import Tree


def _equal(tree: Tree, env: Env) -> Values:
    left, right = env.run(tree[1]), env.run(tree[2])
    if not left or not right:
        return []
    return [len(left) == len(right) and all(map(same, left, right))]


def _unequal(tree: Tree, env: Env) -> Values:
    return [not value for value in _equal(tree, env)]


def _equal_dates(tree: Tree, env: Env) -> Values:
    order = date_order(one(tree[1], env), one(tree[2], env))
    return [] if order is None else [order == 0]


def _folded(value: Any) -> Any:
    return " ".join(value.lower().split()) if isinstance(value, str) else value


def _alike(tree: Tree, env: Env) -> Values:
    """FHIRPath's ~: any order, case and spacing of texts ignored, two empties are alike."""
    left, right = [_folded(v) for v in env.run(tree[1])], [_folded(v) for v in env.run(tree[2])]
    if len(left) != len(right):
        return [False]
    for value in left:
        match = next((other for other in right if same(value, other)), None)
        if match is None:
            return [False]
        right.remove(match)
    return [True]


def _relation(test: Callable[[int], bool], order: Callable[[Any, Any], int | None]) -> Operator:
    def run(tree: Tree, env: Env) -> Values:
        found = order(one(tree[1], env), one(tree[2], env))
        return [] if found is None else [test(found)]

    return run


def _in(tree: Tree, env: Env) -> Values:
    left, right = env.run(tree[1]), env.run(tree[2])
    return [any(same(left[0], value) for value in right)] if len(left) == 1 else []


OPERATORS: Final[dict[str, Operator]] = {
    "=": _equal,
    "!=": _unequal,
    "d=": _equal_dates,
    "~": _alike,
    "in": _in,
    **{sign: _relation(test, order_of) for sign, test in RELATIONS.items() if sign != "="},
    **{"d" + sign: _relation(test, date_order) for sign, test in RELATIONS.items() if sign != "="},
}

"""Whole collections: choosing, mapping, counting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from forms.numbers import tidy
from forms.operators.core import MOST, Env, Operator, Values, is_number, one, order_of, same, some, truth_of

if TYPE_CHECKING:
    from forms.items import Tree


def _together(tree: Tree, env: Env) -> Values:
    found: Values = []
    for part in tree[1:]:
        found += env.run(part)
        if len(found) > MOST:
            break
    return found


def _distinct(tree: Tree, env: Env) -> Values:
    found: Values = []
    for value in env.run(tree[1])[:500]:
        if not any(same(value, other) for other in found):
            found.append(value)
    return found


def _each(tree: Tree, env: Env) -> list[tuple[Any, Values]]:
    values = env.run(tree[1])
    return [(v, replace(env, this=v, index=i).run(tree[2])) for i, v in enumerate(values)]


def _where(tree: Tree, env: Env) -> Values:
    return [value for value, result in _each(tree, env) if truth_of(result) is True]


def _map(tree: Tree, env: Env) -> Values:
    return list(islice((mapped for _, result in _each(tree, env) for mapped in result), MOST + 1))


def _all(tree: Tree, env: Env) -> Values:
    return [all(truth_of(result) is True for _, result in _each(tree, env))]


def _fold(tree: Tree, env: Env) -> Values:
    """["fold", values, step, start]: FHIRPath's aggregate()."""
    total = env.run(tree[3])
    for index, value in enumerate(env.run(tree[1])):
        total = replace(env, this=value, index=index, total=tuple(total)).run(tree[2])
    return total


def _sum(tree: Tree, env: Env) -> Values:
    values = env.run(tree[1])
    total: Any = 0
    for value in values:
        if not is_number(value):
            return []
        total = tidy(total + value)
        if total is None:
            return []
    return [total] if values else []


def _average(tree: Tree, env: Env) -> Values:
    total = _sum(tree, env)
    return some(tidy(total[0] / len(env.run(tree[1])))) if total else []


def _extreme(wanted: int) -> Operator:
    def run(tree: Tree, env: Env) -> Values:
        values = env.run(tree[1])
        best: Any = values[0] if values else None
        for value in values[1:]:
            order = order_of(value, best)
            if order is None:
                return []
            best = value if order == wanted else best
        return some(best)

    return run


def _sliced(cut: Callable[[Values, int], Values]) -> Operator:
    def run(tree: Tree, env: Env) -> Values:
        number = one(tree[2], env) if len(tree) > 2 else 0
        return cut(env.run(tree[1]), number) if isinstance(number, int) and number >= 0 else []

    return run


OPERATORS: Final[dict[str, Operator]] = {
    "cat": _together,
    "any": lambda tree, env: [bool(env.run(tree[1]))],
    "none": lambda tree, env: [not env.run(tree[1])],
    "count": lambda tree, env: [len(env.run(tree[1]))],
    "distinct": _distinct,
    "where": _where,
    "map": _map,
    "all": _all,
    "fold": _fold,
    "sum": _sum,
    "avg": _average,
    "min": _extreme(-1),
    "max": _extreme(1),
    "first": lambda tree, env: env.run(tree[1])[:1],
    "last": lambda tree, env: env.run(tree[1])[-1:],
    "one": lambda tree, env: some(one(tree[1], env)),
    "skip": _sliced(lambda values, number: values[number:]),
    "take": _sliced(lambda values, number: values[:number]),
    "at": _sliced(lambda values, number: values[number : number + 1]),
}

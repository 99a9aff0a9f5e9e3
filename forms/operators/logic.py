"""Truth with three values, as FHIRPath has it: true, false, and nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from forms.operators.core import Env, Operator, Values, truth_of

if TYPE_CHECKING:
    from forms.items import Tree


def _and(tree: Tree, env: Env) -> Values:
    unknown = False
    for part in tree[1:]:
        truth = truth_of(env.run(part))
        if truth is False:
            return [False]
        unknown = unknown or truth is None
    return [] if unknown else [True]


def _or(tree: Tree, env: Env) -> Values:
    unknown = False
    for part in tree[1:]:
        truth = truth_of(env.run(part))
        if truth:
            return [True]
        unknown = unknown or truth is None
    return [] if unknown else [False]


def _not(tree: Tree, env: Env) -> Values:
    truth = truth_of(env.run(tree[1]))
    return [] if truth is None else [not truth]


def _xor(tree: Tree, env: Env) -> Values:
    left, right = truth_of(env.run(tree[1])), truth_of(env.run(tree[2]))
    return [] if left is None or right is None else [left != right]


def _if(tree: Tree, env: Env) -> Values:
    return env.run(tree[2] if truth_of(env.run(tree[1])) else tree[3])


OPERATORS: Final[dict[str, Operator]] = {
    "and": _and,
    "or": _or,
    "not": _not,
    "xor": _xor,
    "if": _if,
}

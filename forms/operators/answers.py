"""Operators that read answers: values, codes, weights, and the comparisons enableWhen is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from forms.operators.core import RELATIONS, Env, Operator, Values, date_order, order_of, same, some

if TYPE_CHECKING:
    from forms.items import PlanOption, Tree


def _near(tree: Tree, env: Env) -> Values:
    return list(env.scope.near(tree[1]))


def _everywhere(tree: Tree, env: Env) -> Values:
    return list(env.scope.everywhere(tree[1]))


def _variable(tree: Tree, env: Env) -> Values:
    return list(env.scope.variable(tree[1]))


def _served(tree: Tree, env: Env) -> Values:
    """["fp", number]: what the server computed."""
    return list(env.scope.served(tree[1]))


def _this(_tree: Tree, env: Env) -> Values:
    return some(env.this)


def _is_any(tree: Tree, env: Env) -> Values:
    """["is", key, [values]]: some answer equals one of the values."""
    return [any(same(answer, value) for answer in env.scope.near(tree[1]) for value in tree[2])]


def _compared(tree: Tree, env: Env) -> Values:
    """["cmp", key, operator, constant, kind]: some answer stands in this relation to the constant.

    A list is one quantity in several units; the answer is compared with the one in its own.
    """
    _, key, operator, constant, kind = tree
    test = RELATIONS[operator]
    order = date_order if kind == "d" else order_of
    constants = constant if isinstance(constant, list) else [constant]
    found = (order(answer, one) for answer in env.scope.near(key) for one in constants)
    return [any(result is not None and test(result) for result in found)]


def _of_option(pick: Callable[[PlanOption], Any]) -> Operator:
    """["ord" | "lab" | "cod", key, values]: weight, label or code of chosen options."""

    def run(tree: Tree, env: Env) -> Values:
        known = env.scope.options(tree[1])
        found = (known.get(value) if isinstance(value, str) else None for value in env.run(tree[2]))
        return [picked for option in found if option is not None and (picked := pick(option)) is not None]

    return run


def _code(tree: Tree, env: Env) -> Values:
    known = env.scope.options(tree[1])
    codes = []
    for value in env.run(tree[2]):
        option = known.get(value) if isinstance(value, str) else None
        code = (option.code or value) if option else value.get("code") if isinstance(value, dict) else value
        codes.append(code)
    return [code for code in codes if code is not None]


def _part(tree: Tree, env: Env) -> Values:
    """["part", name, values]: one member of quantities or codings."""
    found = (value.get(tree[1]) for value in env.run(tree[2]) if isinstance(value, dict))
    return [part for part in found if part is not None]


OPERATORS: Final[dict[str, Operator]] = {
    "v": _near,
    "V": _everywhere,
    "x": _variable,
    "fp": _served,
    "this": _this,
    "index": lambda _tree, env: [env.index],
    "total": lambda _tree, env: list(env.total),
    "today": lambda _tree, env: [env.scope.now()[:10]],
    "now": lambda _tree, env: [env.scope.now()],
    "time": lambda _tree, env: [env.scope.now()[11:]],
    "is": _is_any,
    "cmp": _compared,
    "ord": _of_option(lambda option: option.weight),
    "lab": _of_option(lambda option: option.label),
    "cod": _code,
    "part": _part,
}

"""Numbers and dates; what cannot be computed gives nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from forms import moments
from forms.numbers import round_half_away, tidy
from forms.operators.core import Env, Operator, Values, both_numbers, is_number, one, some, text_of

if TYPE_CHECKING:
    from forms.items import Tree


def _arithmetic(compute: Callable[[Any, Any], Any]) -> Operator:
    def run(tree: Tree, env: Env) -> Values:
        left, right = one(tree[1], env), one(tree[2], env)
        if not both_numbers(left, right):
            return []
        try:
            return some(tidy(compute(left, right)))
        except (ZeroDivisionError, OverflowError, ValueError):
            return []

    return run


def _plus(tree: Tree, env: Env) -> Values:
    left, right = one(tree[1], env), one(tree[2], env)
    if isinstance(left, str) and isinstance(right, str):
        return [left + right]
    return some(tidy(left + right)) if both_numbers(left, right) else []


def _joined(tree: Tree, env: Env) -> Values:
    """FHIRPath's &: as +, an empty side counts as the empty text."""
    left, right = one(tree[1], env), one(tree[2], env)
    texts = [text_of(value) or "" for value in (left, right)]
    return ["".join(texts)]


def _negated(tree: Tree, env: Env) -> Values:
    value = one(tree[1], env)
    return [-value] if is_number(value) else []


def _math(tree: Tree, env: Env) -> Values:
    """["math", name, value, argument?]"""
    value = one(tree[2], env)
    argument = one(tree[3], env) if len(tree) > 3 else None
    if not is_number(value) or (len(tree) > 3 and not is_number(argument)):
        return []
    try:
        return some(_FUNCTIONS[tree[1]](value, argument))
    except (ValueError, OverflowError, ZeroDivisionError):
        return []


def _power(value: Any, argument: Any) -> Any:
    result = math.pow(value, argument)
    return tidy(float(f"{result:.12g}"))


def _curve(function: Callable[[float], float]) -> Callable[[Any, Any], Any]:
    """Twelve digits: the last bits of these differ between mathematics libraries."""
    return lambda value, _: tidy(float(f"{function(value):.12g}"))


_FUNCTIONS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "abs": lambda value, _: abs(value),
    "ceiling": lambda value, _: tidy(math.ceil(value)),
    "floor": lambda value, _: tidy(math.floor(value)),
    "truncate": lambda value, _: tidy(math.trunc(value)),
    "round": lambda value, digits: round_half_away(value, int(digits or 0)),
    "sqrt": _curve(math.sqrt),
    "exp": _curve(math.exp),
    "ln": _curve(math.log),
    "log": lambda value, base: tidy(float(f"{math.log(value) / math.log(base):.12g}")),
    "power": _power,
}


def _moved(tree: Tree, env: Env) -> Values:
    """["move", date, amount, unit]: a date plus whole years, months, weeks or days."""
    value, amount = one(tree[1], env), one(tree[2], env)
    if not isinstance(value, str) or not is_number(amount):
        return []
    return some(moments.add(value, int(amount), tree[3]))


OPERATORS: Final[dict[str, Operator]] = {
    "+": _plus,
    "-": _arithmetic(lambda left, right: left - right),
    "*": _arithmetic(lambda left, right: left * right),
    "/": _arithmetic(lambda left, right: left / right),
    "div": _arithmetic(lambda left, right: math.trunc(left / right)),
    "mod": _arithmetic(math.fmod),
    "&": _joined,
    "neg": _negated,
    "math": _math,
    "move": _moved,
}

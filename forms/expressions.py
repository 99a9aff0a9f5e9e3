"""Evaluates expression trees: what `enableWhen` and FHIRPath compile to. The browser runs the same trees (pwa/expressions.js).

A tree is a JSON value: a list [operator, argument, ...], or a bare string, number or true/false standing for itself; [] is
FHIRPath's empty collection. Every tree evaluates to a list. Both evaluators read tests/cases/expressions.json; a difference
is a bug. Work is bounded: a run that needs more than `STEPS` steps gives the empty collection.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Protocol

from forms import moments
from forms.numbers import number_text, round_half_away, tidy

if TYPE_CHECKING:
    from forms.items import PlanOption, Tree

STEPS: Final = 200_000
_LONGEST_TEXT: Final = 20_000
_MOST: Final = 5_000  # elements in one collection

Values = list[Any]


class Scope(Protocol):
    """Where a tree finds the answers."""

    def near(self, key: str) -> Sequence[Any]:
        """Values of a question in the same occurrence of the repeating groups around, else in all."""

    def everywhere(self, key: str) -> Sequence[Any]:
        """Values of a question in all occurrences."""

    def variable(self, number: int) -> Sequence[Any]:
        """The value of one of the plan's variables."""

    def options(self, key: str) -> Mapping[str, PlanOption]:
        """The options of a question by value."""

    def now(self) -> str:
        """The patient's local date and time, "2026-11-23T09:30:00"."""


class _TooMuch(Exception):
    """The step budget is spent."""


@dataclass(slots=True)
class _Budget:
    left: int = STEPS


@dataclass(frozen=True, slots=True)
class _Env:
    scope: Scope
    budget: _Budget
    this: Any = None
    index: int = 0
    total: tuple[Any, ...] = ()


def evaluate(tree: Tree, scope: Scope, this: Any = None) -> Values:
    """The collection `tree` stands for. `this` is what $this means at the top: the answer of the rule's own item."""
    try:
        return _run(tree, _Env(scope, _Budget(), this))
    except (_TooMuch, RecursionError):
        return []


def holds(tree: Tree, scope: Scope, this: Any = None) -> bool:
    """True when the tree gives true and nothing else: empty and false both mean no."""
    return _truth(evaluate(tree, scope, this)) is True


def _run(tree: Tree, env: _Env) -> Values:
    if not isinstance(tree, list | tuple):
        return [tree]
    if not tree:
        return []
    env.budget.left -= 1
    if env.budget.left < 0:
        raise _TooMuch
    return _OPERATORS[tree[0]](tree, env)


def _same(left: Any, right: Any) -> bool:
    """Equal as JSON: true is not 1, a coding equals its code."""
    if isinstance(left, dict) or isinstance(right, dict):
        return _same_coding(left, right)
    return (type(left) is type(right) and left == right) or (_both_numbers(left, right) and left == right)


def _both_numbers(left: Any, right: Any) -> bool:
    return _is_number(left) and _is_number(right)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same_coding(left: Any, right: Any) -> bool:
    first = left if isinstance(left, dict) else {"code": left}
    second = right if isinstance(right, dict) else {"code": right}
    if "value" in first or "value" in second:
        return _order(first, second) == 0
    if not isinstance(first.get("code"), str) or first.get("code") != second.get("code"):
        return False
    return first.get("system") == second.get("system") or not (first.get("system") and second.get("system"))


def _order(left: Any, right: Any) -> int | None:
    """-1, 0, 1, or None when the two cannot be compared."""
    if isinstance(left, dict) and isinstance(right, dict):
        if (left.get("unit") or "") != (right.get("unit") or "") and left.get("unit") and right.get("unit"):
            return None
        return _order(left.get("value"), right.get("value"))
    if not (_both_numbers(left, right) or (isinstance(left, str) and isinstance(right, str))):
        return None
    return (left > right) - (left < right)


def _truth(values: Values) -> bool | None:
    """A collection as a condition: one boolean is itself, one anything is true, none or several is unknown."""
    if len(values) != 1:
        return None
    return values[0] if isinstance(values[0], bool) else True


def _one(tree: Tree, env: _Env) -> Any:
    """The only element, or None."""
    values = _run(tree, env)
    return values[0] if len(values) == 1 else None


def _some(value: Any) -> Values:
    return [] if value is None else [value]


# --- answers ----------------------------------------------------------------------------------------------------------


def _near(tree: Tree, env: _Env) -> Values:
    return list(env.scope.near(tree[1]))


def _everywhere(tree: Tree, env: _Env) -> Values:
    return list(env.scope.everywhere(tree[1]))


def _variable(tree: Tree, env: _Env) -> Values:
    return list(env.scope.variable(tree[1]))


def _this(tree: Tree, env: _Env) -> Values:
    return _some(env.this)


def _is_any(tree: Tree, env: _Env) -> Values:
    """["is", key, [values]]: some answer equals one of the values."""
    return [any(_same(answer, value) for answer in env.scope.near(tree[1]) for value in tree[2])]


def _compared(tree: Tree, env: _Env) -> Values:
    """["cmp", key, operator, constant, kind]: some answer stands in this relation to the constant."""
    _, key, operator, constant, kind = tree
    test = _RELATIONS[operator]
    order = _date_order if kind == "d" else _order
    found = (order(answer, constant) for answer in env.scope.near(key))
    return [any(result is not None and test(result) for result in found)]


def _date_order(left: Any, right: Any) -> int | None:
    return moments.compare(left, right) if isinstance(left, str) and isinstance(right, str) else None


def _of_option(pick: Callable[[PlanOption], Any]) -> Callable[[Tree, _Env], Values]:
    """["ord" | "lab" | "cod", key, values]: weight, label or code of chosen options."""

    def run(tree: Tree, env: _Env) -> Values:
        known = env.scope.options(tree[1])
        found = (known.get(value) if isinstance(value, str) else None for value in _run(tree[2], env))
        return [picked for option in found if option is not None and (picked := pick(option)) is not None]

    return run


def _code(tree: Tree, env: _Env) -> Values:
    known = env.scope.options(tree[1])
    codes = []
    for value in _run(tree[2], env):
        option = known.get(value) if isinstance(value, str) else None
        code = (option.code or value) if option else value.get("code") if isinstance(value, dict) else value
        codes.append(code)
    return [code for code in codes if code is not None]


def _part(tree: Tree, env: _Env) -> Values:
    """["part", name, values]: one member of quantities or codings."""
    found = (value.get(tree[1]) for value in _run(tree[2], env) if isinstance(value, dict))
    return [part for part in found if part is not None]


# --- logic ------------------------------------------------------------------------------------------------------------


def _and(tree: Tree, env: _Env) -> Values:
    unknown = False
    for part in tree[1:]:
        truth = _truth(_run(part, env))
        if truth is False:
            return [False]
        unknown = unknown or truth is None
    return [] if unknown else [True]


def _or(tree: Tree, env: _Env) -> Values:
    unknown = False
    for part in tree[1:]:
        truth = _truth(_run(part, env))
        if truth:
            return [True]
        unknown = unknown or truth is None
    return [] if unknown else [False]


def _not(tree: Tree, env: _Env) -> Values:
    truth = _truth(_run(tree[1], env))
    return [] if truth is None else [not truth]


def _xor(tree: Tree, env: _Env) -> Values:
    left, right = _truth(_run(tree[1], env)), _truth(_run(tree[2], env))
    return [] if left is None or right is None else [left != right]


def _implies(tree: Tree, env: _Env) -> Values:
    return _or(["or", ["not", tree[1]], tree[2]], env)


def _if(tree: Tree, env: _Env) -> Values:
    return _run(tree[2] if _truth(_run(tree[1], env)) else tree[3], env)


# --- comparison -------------------------------------------------------------------------------------------------------


def _equal(tree: Tree, env: _Env) -> Values:
    left, right = _run(tree[1], env), _run(tree[2], env)
    if not left or not right:
        return []
    return [len(left) == len(right) and all(map(_same, left, right))]


def _equal_dates(tree: Tree, env: _Env) -> Values:
    order = _date_order(_one(tree[1], env), _one(tree[2], env))
    return [] if order is None else [order == 0]


def _folded(value: Any) -> Any:
    return " ".join(value.lower().split()) if isinstance(value, str) else value


def _alike(tree: Tree, env: _Env) -> Values:
    """FHIRPath's ~: any order, case and spacing of texts ignored, two empties are alike."""
    left, right = [_folded(v) for v in _run(tree[1], env)], [_folded(v) for v in _run(tree[2], env)]
    if len(left) != len(right):
        return [False]
    for value in left:
        match = next((other for other in right if _same(value, other)), None)
        if match is None:
            return [False]
        right.remove(match)
    return [True]


_RELATIONS: Final[dict[str, Callable[[int], bool]]] = {
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
    "=": lambda order: order == 0,
}


def _relation(test: Callable[[int], bool], order: Callable[[Any, Any], int | None]) -> Callable[[Tree, _Env], Values]:
    def run(tree: Tree, env: _Env) -> Values:
        found = order(_one(tree[1], env), _one(tree[2], env))
        return [] if found is None else [test(found)]

    return run


def _in(tree: Tree, env: _Env) -> Values:
    left, right = _run(tree[1], env), _run(tree[2], env)
    return [any(_same(left[0], value) for value in right)] if len(left) == 1 else []


# --- arithmetic -------------------------------------------------------------------------------------------------------


def _arithmetic(compute: Callable[[Any, Any], Any]) -> Callable[[Tree, _Env], Values]:
    def run(tree: Tree, env: _Env) -> Values:
        left, right = _one(tree[1], env), _one(tree[2], env)
        if not _both_numbers(left, right):
            return []
        try:
            return _some(tidy(compute(left, right)))
        except (ZeroDivisionError, OverflowError, ValueError):
            return []

    return run


def _plus(tree: Tree, env: _Env) -> Values:
    left, right = _one(tree[1], env), _one(tree[2], env)
    if isinstance(left, str) and isinstance(right, str):
        return [left + right] if len(left) + len(right) <= _LONGEST_TEXT else []
    return _some(tidy(left + right)) if _both_numbers(left, right) else []


def _joined(tree: Tree, env: _Env) -> Values:
    """FHIRPath's &: as +, an empty side counts as the empty text."""
    left, right = _one(tree[1], env), _one(tree[2], env)
    texts = [_text(value) or "" for value in (left, right)]
    return ["".join(texts)] if sum(map(len, texts)) <= _LONGEST_TEXT else []


def _negated(tree: Tree, env: _Env) -> Values:
    value = _one(tree[1], env)
    return [-value] if _is_number(value) else []


def _math(tree: Tree, env: _Env) -> Values:
    """["math", name, value, argument?]"""
    value = _one(tree[2], env)
    argument = _one(tree[3], env) if len(tree) > 3 else None
    if not _is_number(value) or (len(tree) > 3 and not _is_number(argument)):
        return []
    try:
        return _some(_FUNCTIONS[tree[1]](value, argument))
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


def _moved(tree: Tree, env: _Env) -> Values:
    """["move", date, amount, unit]: a date plus whole years, months, weeks or days."""
    value, amount = _one(tree[1], env), _one(tree[2], env)
    if not isinstance(value, str) or not _is_number(amount):
        return []
    return _some(moments.add(value, int(amount), tree[3]))


# --- collections ------------------------------------------------------------------------------------------------------


def _together(tree: Tree, env: _Env) -> Values:
    found: Values = []
    for part in tree[1:]:
        found += _run(part, env)
        if len(found) > _MOST:
            raise _TooMuch
    return found


def _distinct(tree: Tree, env: _Env) -> Values:
    found: Values = []
    for value in _run(tree[1], env)[:500]:
        if not any(_same(value, other) for other in found):
            found.append(value)
    return found


def _each(tree: Tree, env: _Env) -> list[tuple[Any, Values]]:
    values = _run(tree[1], env)
    return [(v, _run(tree[2], replace(env, this=v, index=i))) for i, v in enumerate(values)]


def _where(tree: Tree, env: _Env) -> Values:
    return [value for value, result in _each(tree, env) if _truth(result) is True]


def _map(tree: Tree, env: _Env) -> Values:
    found = [mapped for _, result in _each(tree, env) for mapped in result]
    if len(found) > _MOST:
        raise _TooMuch
    return found


def _all(tree: Tree, env: _Env) -> Values:
    return [all(_truth(result) is True for _, result in _each(tree, env))]


def _fold(tree: Tree, env: _Env) -> Values:
    """["fold", values, step, start]: FHIRPath's aggregate()."""
    total = _run(tree[3], env)
    for index, value in enumerate(_run(tree[1], env)):
        total = _run(tree[2], replace(env, this=value, index=index, total=tuple(total)))
    return total


def _sum(tree: Tree, env: _Env) -> Values:
    values = _run(tree[1], env)
    total: Any = 0
    for value in values:
        if not _is_number(value):
            return []
        total = tidy(total + value)
        if total is None:
            return []
    return [total] if values else []


def _average(tree: Tree, env: _Env) -> Values:
    total = _sum(tree, env)
    return _some(tidy(total[0] / len(_run(tree[1], env)))) if total else []


def _extreme(wanted: int) -> Callable[[Tree, _Env], Values]:
    def run(tree: Tree, env: _Env) -> Values:
        values = _run(tree[1], env)
        best: Any = values[0] if values else None
        for value in values[1:]:
            order = _order(value, best)
            if order is None:
                return []
            best = value if order == wanted else best
        return _some(best)

    return run


def _sliced(cut: Callable[[Values, int], Values]) -> Callable[[Tree, _Env], Values]:
    def run(tree: Tree, env: _Env) -> Values:
        number = _one(tree[2], env) if len(tree) > 2 else 0
        return cut(_run(tree[1], env), number) if isinstance(number, int) and number >= 0 else []

    return run


# --- texts ------------------------------------------------------------------------------------------------------------


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if _is_number(value):
        return number_text(value)
    return value if isinstance(value, str) else None


def _number(value: Any) -> int | float | None:
    """A text or number as a number; only plain decimal digits count."""
    if isinstance(value, bool):
        return int(value)
    if _is_number(value):
        return value  # type: ignore[no-any-return]
    if not isinstance(value, str) or len(value) > 18:
        return None
    digits = value.removeprefix("-").removeprefix("+") if value[:1] in {"-", "+"} else value
    whole, point, rest = digits.partition(".")
    if not (whole.isascii() and whole.isdigit()) or (point and not (rest.isascii() and rest.isdigit())):
        return None
    return tidy(float(value)) if point else int(value)


def _integer(value: Any) -> int | None:
    number = _number(value)
    return number if isinstance(number, int) else None


def _boolean(value: Any) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "t": True, "yes": True, "y": True, "1": True}.get(value.lower()) or (
            False if value.lower() in {"false", "f", "no", "n", "0"} else None
        )
    return value if isinstance(value, bool) else {0: False, 1: True}.get(value) if _is_number(value) else None


def _converted(convert: Callable[[Any], Any]) -> Callable[[Tree, _Env], Values]:
    return lambda tree, env: _some(convert(_one(tree[1], env)))


def _of_texts(compute: Callable[..., Any]) -> Callable[[Tree, _Env], Values]:
    """An operation on one text and text arguments; anything else gives nothing."""

    def run(tree: Tree, env: _Env) -> Values:
        found = [_one(part, env) for part in tree[1:]]
        if not all(isinstance(value, str) for value in found):
            return []
        result = compute(*found)
        return [] if isinstance(result, str) and len(result) > _LONGEST_TEXT else _some(result)

    return run


def _substring(tree: Tree, env: _Env) -> Values:
    text, start = _one(tree[1], env), _one(tree[2], env)
    length = _one(tree[3], env) if len(tree) > 3 else None
    if not isinstance(text, str) or not isinstance(start, int) or not 0 <= start < len(text):
        return []
    return [text[start : start + max(int(length), 0)] if _is_number(length) else text[start:]]


def _replaced(text: str, old: str, new: str) -> str | None:
    return text.replace(old, new) if text.count(old) * len(new) <= _LONGEST_TEXT else None


def _join(tree: Tree, env: _Env) -> Values:
    texts = [_text(value) or "" for value in _run(tree[1], env)]
    separator = _one(tree[2], env) if len(tree) > 2 else ""
    if not texts or not isinstance(separator, str):
        return []
    joined = separator.join(texts)
    return [joined] if len(joined) <= _LONGEST_TEXT else []


def _split(tree: Tree, env: _Env) -> Values:
    text, separator = _one(tree[1], env), _one(tree[2], env)
    return (
        list(text.split(separator)[:_MOST])
        if isinstance(text, str) and isinstance(separator, str) and separator
        else []
    )


_OPERATORS: Final[dict[str, Callable[[Tree, _Env], Values]]] = {
    "v": _near,
    "V": _everywhere,
    "x": _variable,
    "this": _this,
    "index": lambda tree, env: [env.index],
    "total": lambda tree, env: list(env.total),
    "today": lambda tree, env: [env.scope.now()[:10]],
    "now": lambda tree, env: [env.scope.now()],
    "time": lambda tree, env: [env.scope.now()[11:]],
    "is": _is_any,
    "cmp": _compared,
    "ord": _of_option(lambda option: option.weight),
    "lab": _of_option(lambda option: option.label),
    "cod": _code,
    "part": _part,
    "and": _and,
    "or": _or,
    "not": _not,
    "xor": _xor,
    "implies": _implies,
    "if": _if,
    "=": _equal,
    "!=": lambda tree, env: _not(["not", ["=", *tree[1:]]], env),
    "d=": _equal_dates,
    "~": _alike,
    "in": _in,
    **{sign: _relation(test, _order) for sign, test in _RELATIONS.items() if sign != "="},
    **{"d" + sign: _relation(test, _date_order) for sign, test in _RELATIONS.items() if sign != "="},
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
    "cat": _together,
    "any": lambda tree, env: [bool(_run(tree[1], env))],
    "none": lambda tree, env: [not _run(tree[1], env)],
    "count": lambda tree, env: [len(_run(tree[1], env))],
    "distinct": _distinct,
    "where": _where,
    "map": _map,
    "all": _all,
    "fold": _fold,
    "sum": _sum,
    "avg": _average,
    "min": _extreme(-1),
    "max": _extreme(1),
    "first": lambda tree, env: _run(tree[1], env)[:1],
    "last": lambda tree, env: _run(tree[1], env)[-1:],
    "one": lambda tree, env: _some(_one(tree[1], env)),
    "skip": _sliced(lambda values, number: values[number:]),
    "take": _sliced(lambda values, number: values[:number]),
    "at": _sliced(lambda values, number: values[number : number + 1]),
    "str": _converted(_text),
    "int": _converted(_integer),
    "dec": _converted(_number),
    "bool": _converted(_boolean),
    "sub": _substring,
    "starts": _of_texts(lambda text, part: text.startswith(part)),
    "ends": _of_texts(lambda text, part: text.endswith(part)),
    "has": _of_texts(lambda text, part: part in text),
    "find": _of_texts(lambda text, part: text.find(part)),
    "length": _of_texts(len),
    "upper": _of_texts(lambda text: text.upper()),
    "lower": _of_texts(lambda text: text.lower()),
    "trim": _of_texts(lambda text: text.strip(" \t\r\n")),
    "replace": _of_texts(_replaced),
    "join": _join,
    "split": _split,
}

OPERATORS: Final = frozenset(_OPERATORS)

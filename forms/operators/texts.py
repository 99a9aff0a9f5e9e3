"""Texts, and turning values into each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from forms.numbers import tidy
from forms.operators.core import LONGEST_TEXT, MOST, Env, Operator, Values, is_number, one, some, text_of
from forms.patterns import compile_pattern

if TYPE_CHECKING:
    from forms.items import Tree


def _number(value: Any) -> int | float | None:
    """A text or number as a number; only plain decimal digits count."""
    if isinstance(value, bool):
        return int(value)
    if is_number(value):
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
    return value if isinstance(value, bool) else {0: False, 1: True}.get(value) if is_number(value) else None


def _converted(convert: Callable[[Any], Any]) -> Operator:
    return lambda tree, env: some(convert(one(tree[1], env)))


def _of_texts(compute: Callable[..., Any]) -> Operator:
    """An operation on one text and text arguments; anything else gives nothing."""

    def run(tree: Tree, env: Env) -> Values:
        found = [one(part, env) for part in tree[1:]]
        if not all(isinstance(value, str) for value in found):
            return []
        result = compute(*found)
        return some(result)

    return run


def _substring(tree: Tree, env: Env) -> Values:
    text, start = one(tree[1], env), one(tree[2], env)
    length = one(tree[3], env) if len(tree) > 3 else None
    if not isinstance(text, str) or not isinstance(start, int) or not 0 <= start < len(text):
        return []
    if length is not None and not (isinstance(length, int) and length >= 0):
        return []
    return [text[start:] if length is None else text[start : start + length]]


def _replaced(text: str, old: str, new: str) -> str | None:
    return text.replace(old, new) if text.count(old) * len(new) <= LONGEST_TEXT else None


def _join(tree: Tree, env: Env) -> Values:
    texts = [text_of(value) or "" for value in env.run(tree[1])]
    separator = one(tree[2], env) if len(tree) > 2 else ""
    if not texts or not isinstance(separator, str):
        return []
    joined = separator.join(texts)
    return [joined]


def _split(tree: Tree, env: Env) -> Values:
    text, separator = one(tree[1], env), one(tree[2], env)
    return (
        list(text.split(separator)[:MOST]) if isinstance(text, str) and isinstance(separator, str) and separator else []
    )


OPERATORS: Final[dict[str, Operator]] = {
    "str": _converted(text_of),
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
    "fits": _of_texts(lambda text, pattern: compile_pattern(pattern).matches(text)),
    "join": _join,
    "split": _split,
}

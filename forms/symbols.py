"""What a FHIRPath path has reached while it is resolved against the form: items, answers, options, plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from forms.expressions import evaluate
from forms.items import Kind

if TYPE_CHECKING:
    from forms.items import PlanItem, Tree

DATES: Final = frozenset({Kind.DATE, Kind.DATETIME, Kind.TIME})


class Unsupported(Exception):
    """The expression is outside the subset; the message says which part."""


_MOST_TWINS: Final = 20  # of items that share a linkId, so many are looked at


@dataclass(frozen=True)
class Outline:
    """The form as expressions see it."""

    items: Sequence[PlanItem]
    children: Sequence[Sequence[int]]  # of each item
    top: Sequence[int]

    def below(self, index: int) -> range:
        return range(index + 1, self.items[index].end)

    @cached_property
    def at_top(self) -> tuple[Reached, ...]:
        """The items that stand in no other."""
        return tuple(Reached(index) for index in self.top)

    @cached_property
    def everything(self) -> tuple[Reached, ...]:
        """All items, reached from the top."""
        return tuple(Reached(index) for index in range(len(self.items)))

    @cached_property
    def by_link(self) -> Mapping[str, tuple[Reached, ...]]:
        found: dict[str, tuple[Reached, ...]] = {}
        for reached in self.everything:
            link_id = self.items[reached.index].link_id
            found[link_id] = (*found.get(link_id, ()), reached)[:_MOST_TWINS]
        return found


@dataclass(frozen=True, slots=True)
class Root:
    """%resource, or %questionnaire."""

    questionnaire: bool = False


@dataclass(frozen=True, slots=True)
class Reached:
    """One item, kept only where `guard` holds. `near`: in the same occurrence of the groups around."""

    index: int
    guard: Tree = True
    near: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    found: tuple[Reached, ...]
    questionnaire: bool = False  # items of the form itself, not of the response


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers, kept apart by question so that codes and weights can still be looked up."""

    pieces: tuple[tuple[int, Tree], ...]
    wrapped: bool = True  # still the answer, not yet its value


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one question, or those whose code is among `chosen`."""

    index: int
    chosen: Tree = None


@dataclass(frozen=True, slots=True)
class Weights:
    """The extension that holds the weights of some answers."""

    source: Answers


@dataclass(frozen=True, slots=True)
class Extensions:
    """The extensions of some answers, of which only the weight can be looked at."""

    source: Answers


@dataclass(frozen=True, slots=True)
class Plain:
    """A computed collection; `dates` when its elements are dates or times."""

    tree: Tree
    dates: bool = False


Symbol = Root | Items | Answers | Options | Weights | Extensions | Plain


class _NoAnswers:
    """The scope for trees made of constants alone; asked for anything, it is a mistake here."""

    def near(self, key: str) -> Sequence[Any]:
        raise KeyError(key)

    everywhere = near

    def variable(self, number: int) -> Sequence[Any]:
        raise KeyError(number)

    served = variable

    def options(self, key: str) -> Mapping[str, Any]:
        raise KeyError(key)

    def now(self) -> str:
        raise KeyError("now")


_LIVE: Final = frozenset({
    "v", "V", "x", "fp", "is", "cmp", "ord", "lab", "cod", "this", "index", "total", "today", "now", "time",
    "where", "map", "all", "fold",
})  # fmt: skip


def folded(tree: Tree) -> Tree:
    """An operator over constants becomes its value, once, now."""
    if not isinstance(tree, list) or not tree or tree[0] in _LIVE or not all(map(is_constant, tree[1:])):
        return tree
    values = evaluate(tree, _NoAnswers())
    return values[0] if len(values) == 1 else ["cat", *values] if values else []


def is_constant(tree: Tree) -> bool:
    """A literal, the empty collection, or several literals together."""
    return (
        not isinstance(tree, list) or not tree or (tree[0] == "cat" and not any(isinstance(t, list) for t in tree[1:]))
    )


def together(trees: Sequence[Tree]) -> Tree:
    """The elements of all trees, in order."""
    parts: list[Tree] = []
    for tree in trees:
        parts += tree[1:] if isinstance(tree, list) and tree[:1] in ([], ["cat"]) else [tree]
    return parts[0] if len(parts) == 1 else ["cat", *parts] if parts else []


def guarded(guard: Tree, tree: Tree) -> Tree:
    return tree if guard is True else ["if", guard, tree, []]


def has_dates(symbol: Symbol, outline: Outline) -> bool:
    if isinstance(symbol, Answers):
        return bool(symbol.pieces) and all(outline.items[index].kind in DATES for index, _ in symbol.pieces)
    return isinstance(symbol, Plain) and symbol.dates


_RELATIONS: Final = frozenset({"=", "<", "<=", ">", ">="})


def binary(operator: str, left: Tree, right: Tree, *, dates: bool) -> Tree:
    """The tree of an infix operator; dates compare by calendar, not by letter."""
    if operator == "contains":
        return ["in", right, left]
    if operator == "!~":
        return ["not", ["~", left, right]]
    if operator == "implies":
        return ["or", ["not", left], right]
    if operator in {"and", "or"}:
        return [operator, *_flat(operator, left), *_flat(operator, right)]
    if dates and operator in _RELATIONS:
        return ["d" + operator, left, right]
    if dates and operator == "!=":
        return ["not", ["d=", left, right]]
    return [operator, left, right]


def _flat(operator: str, tree: Tree) -> list[Tree]:
    return list(tree[1:]) if isinstance(tree, list) and tree[:1] == [operator] else [tree]

"""What expression trees read, and so which items depend on which answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forms.items import PlanItem, Tree


def _nodes(tree: Tree) -> Iterator[list[Any]]:
    """Every operator in a tree."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, list) and node:
            yield node
            if node[0] not in {"is", "cmp"}:  # what these compare with are constants
                stack.extend(part for part in node[1:] if isinstance(part, list))


def keys_in(tree: Tree) -> Iterator[str]:
    """The questions a tree reads."""
    return (node[1] for node in _nodes(tree) if node[0] in {"v", "V", "is", "cmp"})


def served_in(tree: Tree) -> Iterator[int]:
    """The expressions only the server can compute that a tree reads."""
    return (node[1] for node in _nodes(tree) if node[0] == "fp")


def variables_in(tree: Tree) -> Iterator[int]:
    return (node[1] for node in _nodes(tree) if node[0] == "x")


class Dependents:
    """For each question: the items that are shown, computed or judged by its answer, through any number of steps."""

    def __init__(self, items: Sequence[PlanItem], variables: Sequence[Tree]) -> None:
        self._items = items
        self._number = {item.key: item.index for item in items}
        self._readers = self._direct(items, variables)
        self._known: dict[str, tuple[int, ...]] = {}

    def of(self, key: str) -> tuple[int, ...]:
        """Indices of the items, in order."""
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = tuple(sorted(self._reached(self._number[key])))
        return known

    def _direct(self, items: Sequence[PlanItem], variables: Sequence[Tree]) -> Mapping[int, set[int]]:
        readers: dict[int, set[int]] = {}
        for item in items:
            trees = [item.when, item.calculate, *(rule.when for rule in item.rules)]
            for key in self._keys(trees, variables):
                number = self._number.get(key)
                if number is not None and number != item.index:
                    readers.setdefault(number, set()).add(item.index)
        return readers

    def _keys(self, trees: Sequence[Tree], variables: Sequence[Tree]) -> Iterable[str]:
        """The questions some trees read; what the server computes may read every one."""
        used = [variables[number] for number in variables_through(trees, variables)]
        if any(True for tree in (*trees, *used) for _ in served_in(tree)):
            return self._number
        return keys_through(trees, variables)

    def _reached(self, start: int) -> set[int]:
        """Everything that reads `start`, what reads that, and all that stands inside."""
        found: set[int] = set()
        stack = list(self._readers.get(start, ()))
        while stack:
            index = stack.pop()
            if index in found:
                continue
            found.add(index)
            stack.extend(range(index + 1, self._items[index].end))
            stack.extend(self._readers.get(index, ()))
        return found


def keys_through(trees: Sequence[Tree], variables: Sequence[Tree]) -> set[str]:
    """The questions some trees read, through variables too."""
    used = [variables[number] for number in variables_through(trees, variables)]
    return {key for tree in (*trees, *used) for key in keys_in(tree)}


def variables_through(trees: Sequence[Tree], variables: Sequence[Tree]) -> set[int]:
    """The variables some trees read, and those these read."""
    seen: set[int] = set()
    stack = list(trees)
    while stack:
        fresh = {number for number in variables_in(stack.pop()) if number < len(variables)} - seen
        seen |= fresh
        stack.extend(variables[number] for number in fresh)
    return seen


def operators_in(tree: Tree) -> set[str]:
    """The names of all operators, mathematical functions as "math.sqrt"."""
    return {f"math.{node[1]}" if node[0] == "math" else node[0] for node in _nodes(tree)}

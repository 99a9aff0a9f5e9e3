"""How much work the expressions of one form may take, so that no form keeps anybody waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from forms.symbols import Unsupported

if TYPE_CHECKING:
    from forms.items import Tree

_LARGEST_TREE: Final = 4_000


class Effort:
    """How much work and how many nodes the expressions of one form may still take."""

    def __init__(self, steps: int = 200_000, nodes: int = 300_000) -> None:
        self._steps = steps
        self._nodes = nodes

    def step(self, count: int = 1) -> None:
        self._steps -= count
        if self._steps < 0:
            raise Unsupported("so much work in one form's expressions")

    def keep(self, tree: Tree) -> Tree:
        """`tree`, if it is of a reasonable size and there is still room for it."""
        size = _size(tree)
        if size > _LARGEST_TREE:
            raise Unsupported("the expression is too large")
        self._nodes -= size
        if self._nodes < 0:
            raise Unsupported("the form's expressions are too large together")
        return tree


def _size(tree: Tree) -> int:
    total, stack = 0, [tree]
    while stack and total <= _LARGEST_TREE:
        node = stack.pop()
        total += 1
        if isinstance(node, list):
            stack.extend(node)
    return total

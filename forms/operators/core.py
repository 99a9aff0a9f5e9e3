"""What all operators share: the surroundings a tree runs in, its budget, and how values are compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from forms import moments
from forms.numbers import number_text

if TYPE_CHECKING:
    from forms.items import PlanOption, Tree

LONGEST_TEXT: Final = 20_000
MOST: Final = 5_000  # elements in one collection

Values = list[Any]


class Scope(Protocol):
    """Where a tree finds the answers."""

    def near(self, key: str) -> Sequence[Any]:
        """Values of a question in the same occurrence of the repeating groups around, else in all."""

    def everywhere(self, key: str) -> Sequence[Any]:
        """Values of a question in all occurrences."""

    def variable(self, number: int) -> Sequence[Any]:
        """The value of one of the plan's variables."""

    def served(self, number: int) -> Sequence[Any]:
        """What the server computed for one of the plan's served expressions."""

    def options(self, key: str) -> Mapping[str, PlanOption]:
        """The options of a question by value."""

    def now(self) -> str:
        """The patient's local date and time, "2026-11-23T09:30:00"."""


class TooMuch(Exception):
    """The step budget is spent."""


@dataclass(slots=True)
class Budget:
    """How many more steps a run may take."""

    left: int


@dataclass(frozen=True, slots=True)
class Env:
    """Where a tree stands: the answers around it, and what $this, $index and $total mean there."""

    operators: Mapping[str, Operator]
    scope: Scope
    budget: Budget
    this: Any = None
    index: int = 0
    total: tuple[Any, ...] = ()

    def run(self, tree: Tree) -> Values:
        """The collection `tree` stands for."""
        if not isinstance(tree, list | tuple):
            return [tree]
        if not tree:
            return []
        self.budget.left -= 1
        found = self.operators[tree[0]](tree, self) if self.budget.left > 0 else None
        if found is None or len(found) > MOST or (found and isinstance(found[0], str) and len(found[0]) > LONGEST_TEXT):
            raise TooMuch
        return found


Operator = Callable[["Tree", Env], Values]


def same(left: Any, right: Any) -> bool:
    """Equal as JSON: true is not 1, a coding equals its code."""
    if isinstance(left, dict) or isinstance(right, dict):
        return _same_coding(left, right)
    return (type(left) is type(right) and left == right) or (both_numbers(left, right) and left == right)


def both_numbers(left: Any, right: Any) -> bool:
    return is_number(left) and is_number(right)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same_coding(left: Any, right: Any) -> bool:
    first = left if isinstance(left, dict) else {"code": left}
    second = right if isinstance(right, dict) else {"code": right}
    if "value" in first or "value" in second:
        return order_of(first, second) == 0
    if not isinstance(first.get("code"), str) or first.get("code") != second.get("code"):
        return False
    return first.get("system") == second.get("system") or not (first.get("system") and second.get("system"))


def order_of(left: Any, right: Any) -> int | None:
    """-1, 0, 1, or None when the two cannot be compared."""
    if isinstance(left, dict) and isinstance(right, dict):
        if (left.get("unit") or "") != (right.get("unit") or "") and left.get("unit") and right.get("unit"):
            return None
        return order_of(left.get("value"), right.get("value"))
    if not (both_numbers(left, right) or (isinstance(left, str) and isinstance(right, str))):
        return None
    return int(left > right) - int(left < right)


def date_order(left: Any, right: Any) -> int | None:
    return moments.compare(left, right) if isinstance(left, str) and isinstance(right, str) else None


def truth_of(values: Values) -> bool | None:
    """A collection as a condition: one boolean is itself, one anything is true, none or several is unknown."""
    if len(values) != 1:
        return None
    return values[0] if isinstance(values[0], bool) else True


def one(tree: Tree, env: Env) -> Any:
    """The only element, or None."""
    values = env.run(tree)
    return values[0] if len(values) == 1 else None


def some(value: Any) -> Values:
    return [] if value is None else [value]


def text_of(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return number_text(value)
    return value if isinstance(value, str) else None


RELATIONS: Final[dict[str, Callable[[int], bool]]] = {
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
    "=": lambda order: order == 0,
}

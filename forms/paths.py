"""Instance paths: which occurrence of which item. `key` outside repeating groups, `key@2.0` inside two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from forms.items import PlanItem
    from forms.plan_model import Plan

Indices = tuple[int, ...]


class Step(NamedTuple):
    """One stop on the way through the form: an item in one occurrence, or the end of a loop."""

    item: PlanItem
    indices: Indices
    is_end: bool = False  # after the last occurrence of the loop `item`; indices are those of the loops around


MOST_OCCURRENCES = 50  # of one loop, whatever the form allows


def path_of(item: PlanItem, indices: Indices) -> str:
    """The path of `item` in this occurrence; `indices` has one number per loop around it, itself included."""
    return f"{item.key}@{'.'.join(map(str, indices))}" if item.loops else item.key


def loop_path(item: PlanItem, outer: Indices) -> str:
    """The path of a loop as a whole: its occurrences are numbered under it."""
    return f"{item.key}@{'.'.join(map(str, outer))}" if outer else item.key


def split_path(plan: Plan, path: str) -> tuple[PlanItem | None, Indices]:
    """The item a path names and its indices; (None, ()) when it names no question, group or text of this plan."""
    item = plan.by_key.get(path)
    if item is not None and not item.loops:
        return item, ()
    key, at, tail = path.rpartition("@")
    item = plan.by_key.get(key)
    if not at or item is None:
        return None, ()
    numbers = tail.split(".")
    if len(numbers) != len(item.loops) or not all(n.isascii() and n.isdigit() and len(n) < 4 for n in numbers):
        return None, ()
    indices = tuple(map(int, numbers))
    return (item, indices) if path_of(item, indices) == path and max(indices) < MOST_OCCURRENCES else (None, ())


def split_loop_path(plan: Plan, path: str) -> tuple[PlanItem | None, Indices]:
    """The loop a loop path names and the indices of the loops around it."""
    item = plan.by_key.get(path)
    if item is not None and item.loop and len(item.loops) == 1:
        return item, ()
    key, at, tail = path.rpartition("@")
    item = plan.by_key.get(key)
    if not at or item is None or not item.loop:
        return None, ()
    indices = tuple(int(number) for number in tail.split(".") if number.isdigit())
    return (item, indices) if len(indices) == len(item.loops) - 1 else (None, ())

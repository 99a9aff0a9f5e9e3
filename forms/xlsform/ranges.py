"""The ends and the step of an XLSForm range question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from forms.xlsform.outline import Node


def is_whole_range(node: Node) -> bool:
    given = _parameters(node)
    return all("." not in given.get(key, "1") for key in ("start", "end", "step"))


def range_ends(node: Node, kind: str) -> tuple[Any, Any]:
    """A range's ends; XLSForm's own defaults are 1 and 10."""
    read: Callable[[str], Any] = int if kind == "integer" else float
    given = _parameters(node)
    try:
        return read(given.get("start", "1")), read(given.get("end", "10"))
    except ValueError:
        return read("1"), read("10")


def _parameters(node: Node) -> dict[str, str]:
    pairs = node.row.get("parameters").replace(";", " ").replace(",", " ").replace(" =", "=").replace("= ", "=").split()
    return {key.lower(): value for key, _, value in (pair.partition("=") for pair in pairs)}

"""Expressions outside the subset: kept as text, computed by the server, for which forms/ only has a port.

A tree names one as ["fp", number]. Whoever runs the engine may give it a `Serve`; without one such an expression
gives nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from forms.trees import served_in, variables_through

if TYPE_CHECKING:
    from forms.board import Board
    from forms.fhirpath import Node
    from forms.items import Tree
    from forms.paths import Indices

MOST_SERVED: Final = 200  # expressions of one form that may be left to the server
Known = Mapping[tuple[int, "Indices"], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Served:
    """One expression: its FHIRPath, the index of the item it stands on (-1: the form), and the variables it may name.

    A variable is (name, FHIRPath, index of the item it stands on); each may name those before it.
    """

    text: str
    at: int = -1
    variables: tuple[tuple[str, str, int], ...] = ()
    calculates: bool = False  # its item's own value, which is then not among the answers it reads

    def to_json(self) -> list[Any]:
        return [self.text, self.at, [list(variable) for variable in self.variables], self.calculates]

    @classmethod
    def from_json(cls, row: Sequence[Any]) -> Served:
        return cls(row[0], row[1], tuple((name, text, at) for name, text, at in row[2]), row[3])


class Serve(Protocol):
    """The port: the values of a form's served expressions, by number and occurrence of the loops around."""

    def __call__(self, board: Board) -> Known: ...


def is_served(trees: Sequence[Tree], variables: Sequence[Tree]) -> bool:
    """Whether some of these trees need the server, through variables too."""
    used = [variables[number] for number in variables_through(trees, variables)]
    return any(True for tree in (*trees, *used) for _ in served_in(tree))


# --- what the server can compute --------------------------------------------------------------------------------------

# What fhirpathpy 2.2 knows, and the two functions of SDC that the server adds.
_FUNCTIONS: Final = frozenset({
    "abs", "aggregate", "all", "allFalse", "allTrue", "anyFalse", "anyTrue", "as", "avg", "ceiling", "children",
    "coalesce", "combine", "contains", "convertsToBoolean", "convertsToDate", "convertsToDateTime",
    "convertsToDecimal", "convertsToInteger", "convertsToQuantity", "convertsToString", "convertsToTime", "count",
    "decode", "descendants", "distinct", "empty", "encode", "endsWith", "exclude", "exists", "exp", "extension",
    "first", "floor", "iif", "indexOf", "intersect", "is", "isDistinct", "join", "last", "length", "ln", "log",
    "lower", "matches", "max", "min", "not", "now", "ofType", "power", "repeat", "replace", "replaceMatches",
    "round", "select", "single", "skip", "split", "sqrt", "startsWith", "subsetOf", "substring", "sum",
    "supersetOf", "tail", "take", "timeOfDay", "toBoolean", "toChars", "toDate", "toDateTime", "toDecimal",
    "toInteger", "toQuantity", "toString", "toTime", "today", "trace", "trim", "truncate", "type", "union", "upper",
    "where", "weight", "ordinal",
})  # fmt: skip
_NAMES: Final = frozenset({
    "resource", "rootResource", "context", "questionnaire", "qitem", "ucum", "sct", "loinc",
})  # fmt: skip


def refusal(node: Node, variables: Mapping[str, Any]) -> str:
    """Why nobody here can compute this syntax tree; empty when the server can."""
    for part in _parts(node):
        if part[0] == "call" and part[1] not in _FUNCTIONS:
            return f"the function {part[1]}() is not known here"
        if part[0] == "var" and part[1] not in _NAMES and part[1] not in variables:
            return f"%{part[1]} is not known here"
    return ""


def names_in(node: Node) -> set[str]:
    """The variables a syntax tree names."""
    return {part[1] for part in _parts(node) if part[0] == "var"}


def _parts(node: Node) -> Iterator[Node]:
    stack: list[Any] = [node]
    while stack:
        part = stack.pop()
        if isinstance(part, tuple) and part:
            if isinstance(part[0], str):
                yield part
            stack.extend(part)

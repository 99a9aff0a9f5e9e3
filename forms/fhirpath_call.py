"""One function call of a FHIRPath expression while it is compiled: its focus and its arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forms.symbols import (
    Answers,
    Plain,
    Symbol,
    folded,
    has_dates,
)

if TYPE_CHECKING:
    from forms.fhirpath import Node
    from forms.fhirpath_trees import Compiler
    from forms.items import Tree


@dataclass(frozen=True, slots=True)
class Call:
    """One function call: on `focus`, its arguments read in `around` unless they are criteria."""

    compiler: Compiler
    focus: Symbol
    args: tuple[Node, ...]
    around: Symbol

    def argument(self, number: int) -> Tree:
        return self.compiler.argument(self.args[number], self.around)

    def arguments(self) -> list[Tree]:
        return [self.argument(number) for number in range(len(self.args))]

    def on(self, symbol: Symbol, number: int = 0) -> Symbol:
        """An argument compiled as a criterion on `symbol`."""
        return self.compiler.compile(self.args[number], symbol)

    def tree_on(self, symbol: Symbol) -> Tree:
        return folded(self.compiler.tree(self.on(symbol)))

    @property
    def tree(self) -> Tree:
        return self.compiler.tree(self.focus)

    @property
    def dates(self) -> bool:
        return has_dates(self.focus, self.compiler.outline)

    @property
    def element(self) -> Symbol:
        """What $this is inside a function over the focus."""
        if isinstance(self.focus, Answers) and len(self.focus.pieces) == 1:
            return Answers(((self.focus.pieces[0][0], ["this"]),), self.focus.wrapped)
        return Plain(["this"], self.dates)

"""The SDC expressions of a form as trees: variables, calculated and initial values, conditions, constraints.

An expression outside the subset is reported and kept as text for the server ("needs connection"); one that is no
FHIRPath at all is reported and left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from forms.conditions import read_rules
from forms.effort import Effort
from forms.extensions import all_of, extensions_of, parts_of, typed_value, value_of
from forms.fhirpath import FHIRPathError
from forms.fhirpath_trees import compile_fhirpath, compile_variable
from forms.items import Constraint
from forms.languages import NOTHING, Words, words_of
from forms.symbols import Unsupported

if TYPE_CHECKING:
    from forms.item_reader import ReadItem
    from forms.items import Tree
    from forms.problems import Findings
    from forms.symbols import Outline, Symbol

_MOST_VARIABLES: Final = 2_000


@dataclass(frozen=True, slots=True)
class FormExpressions:
    """What the whole form computes."""

    variables: tuple[Tree, ...]
    constraints: tuple[Constraint, ...]


class ExpressionReader:
    """Reads the expressions of one form, item by item in order; variables are seen by the item and all below it."""

    def __init__(self, outline: Outline, head: Mapping[str, Any], findings: Findings) -> None:
        self._outline = outline
        self._findings = findings
        self._trees: list[Tree] = []
        self._effort = Effort()
        self._known: dict[int, Mapping[str, Symbol]] = {-1: {}}
        self._known[-1] = self._with_variables(head, None, {})
        self._head = head

    def form(self) -> FormExpressions:
        constraints = [constraint for constraint, _ in self._constraints(self._head, None)]
        return FormExpressions(tuple(self._trees), tuple(constraints))

    def read(self, item: ReadItem) -> ReadItem:
        """The item with its expressions."""
        index = item.plan.index
        around = self._known[item.plan.under]
        self._known[index] = self._with_variables(item.raw, index, around)
        if not any(True for _ in extensions_of(item.raw)) and not item.raw.get("constraint"):
            return item
        when, when_text = self._tree(item.raw, ("enableWhenExpression",), index)
        if when_text:
            when = False  # as long as nobody can say, it does not apply
        calculate, calculate_text = self._tree(
            item.raw, ("calculatedExpression", "calculatedValue"), index, is_calculation=True
        )
        initial, _ = self._tree(item.raw, ("initialExpression",), index, server=False)
        constraints = self._constraints(item.raw, index)
        rules = read_rules(item, self._findings, lambda text: self._compiled(text, index, item.plan.link_id)[0])
        plan = replace(
            item.plan,
            when=_both(item.plan.when, when),
            calculate=calculate,
            initial_tree=initial,
            constraints=tuple(constraint for constraint, _ in constraints),
            rules=tuple(rule for rule, _ in rules),
            server=tuple(text for text in (when_text, calculate_text) if text),
        )
        words = replace(item.words, messages=tuple(w for _, w in constraints), tells=tuple(w for _, w in rules))
        return replace(item, plan=plan, words=words)

    def _with_variables(
        self, element: Mapping[str, Any], index: int | None, around: Mapping[str, Symbol]
    ) -> Mapping[str, Symbol]:
        found: dict[str, Symbol] = {}
        for extension in all_of(element, "variable"):
            expression = value_of(extension)
            if not isinstance(expression, Mapping) or not _is_fhirpath(expression):
                continue
            name, text = expression.get("name"), expression.get("expression")
            if isinstance(name, str) and isinstance(text, str) and len(self._trees) < _MOST_VARIABLES:
                symbol = self._variable(text, index, {**around, **found})
                if symbol is not None:
                    found[name] = symbol
        return {**around, **found} if found else around

    def _variable(self, text: str, index: int | None, known: Mapping[str, Symbol]) -> Symbol | None:
        try:
            symbol, tree = compile_variable(
                text,
                self._outline,
                number=len(self._trees),
                item=index,
                variables=known,
                effort=self._effort,
            )
        except (FHIRPathError, Unsupported):
            return None  # reported where it is used: an unused variable hurts nobody
        if tree is not None:
            self._trees.append(tree)
        return symbol

    def _tree(
        self,
        element: Mapping[str, Any],
        called: Sequence[str],
        index: int,
        *,
        server: bool = True,
        is_calculation: bool = False,
    ) -> tuple[Tree, str]:
        """The tree of an expression, or its text when only the server can compute it."""
        for name in called:
            for extension in all_of(element, name):
                expression = value_of(extension)
                text = expression.get("expression") if isinstance(expression, Mapping) else expression
                if isinstance(text, str) and (not isinstance(expression, Mapping) or _is_fhirpath(expression)):
                    tree, outside = self._compiled(
                        text, index, self._where(index), server=server, is_calculation=is_calculation
                    )
                    return tree, text if outside and server else ""
        return None, ""

    def _compiled(
        self, text: str, index: int | None, where: str, *, server: bool = True, is_calculation: bool = False
    ) -> tuple[Tree, bool]:
        """The tree, and whether the expression is real but outside the subset."""
        known = self._known[-1 if index is None else index]
        try:
            tree = compile_fhirpath(
                text,
                self._outline,
                item=index,
                variables=known,
                effort=self._effort,
                is_calculation=is_calculation,
            )
        except FHIRPathError as reason:
            self._findings.warn(
                "expression",
                where,
                message=f"The expression {text!r:.120} cannot be read: {reason}. It is left out.",
                fix="Correct the FHIRPath.",
            )
            return None, False
        except Unsupported as reason:
            self._findings.warn(
                "needs-connection" if server else "expression-not-used",
                where,
                message=f"Not computed while the form is asked: {text!r:.120} ({reason}).",
                fix="Simplify the expression, or have the server compute it."
                if server
                else "Have the server fill it in.",
            )
            return None, True
        return tree, False

    def _where(self, index: int | None) -> str:
        return "" if index is None else self._outline.items[index].link_id

    def _constraints(self, element: Mapping[str, Any], index: int | None) -> list[tuple[Constraint, Words]]:
        found = []
        for extension in [*all_of(element, "constraint"), *all_of(element, "targetConstraint")]:
            parts = parts_of(extension)
            text = parts.get("expression")
            text = text.get("expression") if isinstance(text, Mapping) else text
            tree = self._compiled(text, index, self._where(index))[0] if isinstance(text, str) else None
            if tree is not None:
                words = _human(extension)
                found.append((Constraint(tree, words.base, parts.get("severity", "error") != "warning"), words))
        return found


def _human(extension: Mapping[str, Any]) -> Words:
    for part in extensions_of(extension):
        if part.get("url") == "human":
            return words_of(part, typed_value(part)[0])
    return NOTHING


def _is_fhirpath(expression: Mapping[str, Any]) -> bool:
    """FHIRPath, by any of the names forms give it; queries to a FHIR server are something else."""
    return str(expression.get("language", "text/fhirpath")).endswith("fhirpath")


def _both(first: Tree, second: Tree) -> Tree:
    if first is None or second is None or second is False:
        return second if first is None or second is False else first
    return ["and", first, second]

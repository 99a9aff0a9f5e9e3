"""The SDC expressions of a form as trees: variables, calculated and initial values, conditions, constraints.

An expression outside the subset is reported and kept as text for the server ("needs connection"); one that is no
FHIRPath at all, or that nobody here could compute, is reported and left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from forms.conditions import read_rules
from forms.effort import Effort
from forms.extensions import all_of, extensions_of, parts_of, typed_value, value_of
from forms.fhirpath import FHIRPathError, parse
from forms.fhirpath_trees import compile_fhirpath, compile_variable
from forms.items import Constraint
from forms.languages import NOTHING, Words, words_of
from forms.launch import NAMED, known_member, patient_names
from forms.served import MOST_SERVED, Served, names_in, refusal
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
    served: tuple[Served, ...] = ()


@dataclass(frozen=True, slots=True)
class _Around:
    """The variables an item can name: what they stand for, and their texts (name, FHIRPath, item) for the server."""

    symbols: Mapping[str, Symbol]
    texts: Mapping[str, tuple[str, str, int]]


class ExpressionReader:
    """Reads the expressions of one form, item by item in order; variables are seen by the item and all below it."""

    def __init__(self, outline: Outline, head: Mapping[str, Any], findings: Findings) -> None:
        self._outline = outline
        self._findings = findings
        self._trees: list[Tree] = []
        self._effort = Effort()
        self._served: list[Served] = []
        self._known: dict[int, _Around] = {-1: _Around({}, {})}
        self._known[-1] = self._with_variables(head, None, self._known[-1])
        self._head = head
        self._patient = patient_names(head)

    def form(self) -> FormExpressions:
        constraints = [constraint for constraint, _ in self._constraints(self._head, None)]
        return FormExpressions(tuple(self._trees), tuple(constraints), tuple(self._served))

    def read(self, item: ReadItem) -> ReadItem:
        """The item with its expressions."""
        index = item.plan.index
        around = self._known[item.plan.under]
        self._known[index] = self._with_variables(item.raw, index, around)
        if not any(True for _ in extensions_of(item.raw)) and not item.raw.get("constraint"):
            return item
        when = self._tree(item.raw, ("enableWhenExpression",), index, instead=False)  # nobody can say: not asked
        calculate = self._tree(
            item.raw, ("calculatedExpression", "calculatedValue"), index, instead=[], is_calculation=True
        )
        knows = self._known_of_patient(item)
        initial = None if knows else self._tree(item.raw, ("initialExpression",), index)
        constraints = self._constraints(item.raw, index)
        rules = read_rules(item, self._findings, lambda text: self._compiled(text, index))
        plan = replace(
            item.plan,
            when=_both(item.plan.when, when),
            calculate=calculate,
            initial_tree=initial,
            knows=knows,
            sensitive=item.plan.sensitive or bool(knows),  # a name or a birth date is not quoted by text
            constraints=tuple(constraint for constraint, _ in constraints),
            rules=tuple(rule for rule, _ in rules),
        )
        words = replace(item.words, messages=tuple(w for _, w in constraints), tells=tuple(w for _, w in rules))
        return replace(item, plan=plan, words=words)

    def _known_of_patient(self, item: ReadItem) -> str:
        """The patient's particular that the item is filled in with; "" when its expression says something else."""
        for extension in all_of(item.raw, "initialExpression"):
            expression = value_of(extension)
            text = expression.get("expression") if isinstance(expression, Mapping) else expression
            member = known_member(text, self._patient, item.plan) if isinstance(text, str) else ""
            if member and not item.plan.loops:
                self._findings.note(
                    "launch-context",
                    item.plan.link_id,
                    message=f"Filled in with the patient's {NAMED[member]}, when the clinic knows it.",
                    fix="Nothing to do: it is asked when the clinic does not know it.",
                )
                return member
        return ""

    def _with_variables(self, element: Mapping[str, Any], index: int | None, around: _Around) -> _Around:
        symbols: dict[str, Symbol] = {}
        texts: dict[str, tuple[str, str, int]] = {}
        named = (all_of(element, name) for name in ("variable", "calculatedExpression"))  # an Expression may be named
        for extension in chain.from_iterable(named):
            expression = value_of(extension)
            if not isinstance(expression, Mapping) or not _is_fhirpath(expression):
                continue
            name, text = expression.get("name"), expression.get("expression")
            if isinstance(name, str) and isinstance(text, str) and len(self._trees) < _MOST_VARIABLES:
                texts[name] = (name, text, -1 if index is None else index)
                here = _Around({**around.symbols, **symbols}, {**around.texts, **texts})
                symbol = self._variable(text, index, here)
                if symbol is not None:
                    symbols[name] = symbol
        return _Around({**around.symbols, **symbols}, {**around.texts, **texts}) if texts else around

    def _variable(self, text: str, index: int | None, known: _Around) -> Symbol | None:
        try:
            symbol, tree = compile_variable(
                text,
                self._outline,
                number=len(self._trees),
                item=index,
                variables=known.symbols,
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
        instead: Tree = None,
        is_calculation: bool = False,
    ) -> Tree:
        """The tree of an expression; `instead` when there is one that nobody can compute."""
        for name in called:
            for extension in all_of(element, name):
                expression = value_of(extension)
                text = expression.get("expression") if isinstance(expression, Mapping) else expression
                if isinstance(text, str) and (not isinstance(expression, Mapping) or _is_fhirpath(expression)):
                    return self._compiled(text, index, instead=instead, is_calculation=is_calculation)
        return None

    def _compiled(self, text: str, index: int | None, *, instead: Tree = None, is_calculation: bool = False) -> Tree:
        """The tree, perhaps one that asks the server; `instead` when nobody here can compute the expression."""
        known = self._known[-1 if index is None else index]
        try:
            return compile_fhirpath(
                text,
                self._outline,
                item=index,
                variables=known.symbols,
                effort=self._effort,
                is_calculation=is_calculation,
            )
        except FHIRPathError as reason:
            self._findings.warn(
                "expression",
                self._where(index),
                message=f"The expression {text!r:.120} cannot be read: {reason}. It is left out.",
                fix="Correct the FHIRPath.",
            )
            return None
        except Unsupported as reason:
            return self._left_to_server(text, index, known, reason, instead=instead, is_calculation=is_calculation)

    def _left_to_server(
        self, text: str, index: int | None, known: _Around, reason: Unsupported, *, instead: Tree, is_calculation: bool
    ) -> Tree:
        variables, refused = (
            self._variables_for(text, known)
            if len(self._served) < MOST_SERVED
            else ((), f"the form has more than {MOST_SERVED} such expressions")
        )
        if refused:
            fix = "Write the expression with answers of this form and the functions of FHIRPath 2.0."
            if any(f"%{name}" in refused for name in self._patient):
                fix = (
                    "Of the patient only name and birth date can be filled in; nothing to do if the rest may be asked."
                )
            self._findings.warn(
                "expression-not-used",
                self._where(index),
                message=f"Not computed: {text!r:.120} ({refused}).",
                fix=fix,
            )
            return instead
        self._findings.warn(
            "needs-connection",
            self._where(index),
            message=f"Only the server can compute {text!r:.120} ({reason}).",
            fix="Simplify the expression if the form is to be filled in without a connection.",
        )
        self._served.append(Served(text, -1 if index is None else index, variables, is_calculation))
        return ["fp", len(self._served) - 1]

    def _variables_for(self, text: str, known: _Around) -> tuple[tuple[tuple[str, str, int], ...], str]:
        """The variables the expression names, also through others, in order; and why it cannot be computed, if so."""
        wanted: set[str] = set()
        stack = [text]
        while stack:
            try:
                node = parse(stack.pop())
            except FHIRPathError as reason:
                return (), f"a variable cannot be read: {reason}"
            refused = refusal(node, known.texts)
            if refused:
                return (), refused
            fresh = {name for name in names_in(node) if name in known.texts} - wanted
            wanted |= fresh
            stack.extend(known.texts[name][1] for name in fresh)
        return tuple(variable for name, variable in known.texts.items() if name in wanted), ""

    def _where(self, index: int | None) -> str:
        return "" if index is None else self._outline.items[index].link_id

    def _constraints(self, element: Mapping[str, Any], index: int | None) -> list[tuple[Constraint, Words]]:
        found = []
        for extension in [*all_of(element, "constraint"), *all_of(element, "targetConstraint")]:
            parts = parts_of(extension)
            text = parts.get("expression")
            text = text.get("expression") if isinstance(text, Mapping) else text
            tree = self._compiled(text, index) if isinstance(text, str) else None
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

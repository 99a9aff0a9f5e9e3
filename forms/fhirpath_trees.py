"""FHIRPath to expression trees: walks through %resource and %questionnaire are resolved against the form when it is
published, so that only answers, options and constants are left to evaluate.

What cannot be resolved raises Unsupported with the reason; such an expression needs the server ("needs connection").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from forms import symbols
from forms.effort import Effort
from forms.fhirpath import Node, parse
from forms.fhirpath_functions import call
from forms.items import CHOICES, Kind
from forms.symbols import (
    Answers,
    Extensions,
    Items,
    Options,
    Outline,
    Plain,
    Reached,
    Root,
    Symbol,
    Unsupported,
    Weights,
    folded,
    guarded,
    has_dates,
    together,
)

if TYPE_CHECKING:
    from forms.items import Tree

_VALUES: Final = frozenset({
    "value", "valueCoding", "valueString", "valueBoolean", "valueInteger", "valueDecimal", "valueDate", "valueDateTime",
    "valueTime", "valueQuantity", "valueUri", "valueUrl", "valueReference", "valueAttachment", "valueCodeableConcept",
})  # fmt: skip
_SYSTEMS: Final = {"ucum": "http://unitsofmeasure.org", "loinc": "http://loinc.org", "sct": "http://snomed.info/sct"}
_DURATIONS: Final = {
    "year": "year", "years": "year", "a": "year", "month": "month", "months": "month", "mo": "month", "week": "week",
    "weeks": "week", "wk": "week", "day": "day", "days": "day", "d": "day",
}  # fmt: skip


def compile_fhirpath(
    text: str,
    outline: Outline,
    *,
    item: int | None = None,
    variables: Mapping[str, Symbol] | None = None,
    effort: Effort | None = None,
    is_calculation: bool = False,
) -> Tree:
    """The tree for `text`, evaluated at `item` (None: at the top of the form), with the named variables around it.

    Raises FHIRPathError when it is no FHIRPath, Unsupported when it is outside the subset.
    """
    effort = effort or Effort()
    compiler = Compiler(outline, item, variables or {}, effort, is_calculation=is_calculation)
    return effort.keep(compiler.tree(compiler.compile(parse(text), compiler.start())))


def compile_variable(
    text: str,
    outline: Outline,
    *,
    number: int,
    item: int | None = None,
    variables: Mapping[str, Symbol] | None = None,
    effort: Effort | None = None,
) -> tuple[Symbol, Tree]:
    """A variable: what `%name` stands for in later expressions, and its tree if it has to be kept as `number`."""
    effort = effort or Effort()
    compiler = Compiler(outline, item, variables or {}, effort)
    symbol = compiler.compile(parse(text), compiler.start())
    if isinstance(symbol, Answers) and len(symbol.pieces) == 1:
        index, tree = symbol.pieces[0]
        return Answers(((index, ["x", number]),), symbol.wrapped), effort.keep(tree)
    if isinstance(symbol, Plain) and not symbols.is_constant(symbol.tree):
        return Plain(["x", number], symbol.dates), effort.keep(symbol.tree)
    return symbol, None


class Compiler:
    """One expression at one place in the form."""

    def __init__(
        self,
        outline: Outline,
        item: int | None,
        variables: Mapping[str, Symbol],
        effort: Effort,
        *,
        is_calculation: bool = False,
    ) -> None:
        self.outline = outline
        self.effort = effort
        self._item = item
        self._without = item if is_calculation else None
        self._variables = variables

    def start(self) -> Symbol:
        return Root() if self._item is None else Items((Reached(self._item, near=True),))

    def stands_alone(self, focus: Symbol) -> bool:
        """Whether `focus` is the expression's own item and has no items: a bare `item` then means the whole form's."""
        return self._item is not None and focus == self.start() and not self.outline.children[self._item]

    def compile(self, node: Node, focus: Symbol) -> Symbol:
        """What `node` means when evaluated on `focus`."""
        self.effort.step()
        return _NODES[node[0]](self, node, focus)

    def argument(self, node: Node, focus: Symbol) -> Tree:
        return folded(self.tree(self.compile(node, focus)))

    def key(self, index: int) -> str:
        return self.outline.items[index].key

    def tree(self, symbol: Symbol) -> Tree:
        """What is left to evaluate."""
        if isinstance(symbol, Plain):
            return symbol.tree
        if isinstance(symbol, Answers):
            return together([tree for _, tree in symbol.pieces])
        if isinstance(symbol, Items) and not symbol.questionnaire:
            self.effort.step(len(symbol.found))
            return together([self._presence(item) for item in symbol.found])
        if isinstance(symbol, Weights):
            return together(
                [["ord", self.key(i), t] for i, t in symbol.source.pieces if self.outline.items[i].kind in CHOICES]
            )
        raise Unsupported("a part of the form itself as a value")

    def _presence(self, item: Reached) -> Tree:
        """An item as a value: true when there is an answer in it, nothing otherwise."""
        inside = [item.index, *self.outline.below(item.index)]
        self.effort.step(len(inside) // 4)
        questions = [["v" if item.near else "V", self.key(i)] for i in inside if self.outline.items[i].is_question]
        answered: Tree = ["any", together(questions)]
        return guarded(answered if item.guard is True else ["and", item.guard, answered], True)

    def member(self, focus: Symbol, name: str) -> Symbol:
        """The element `name` of what was reached."""
        if isinstance(focus, Root):
            return self._of_root(focus, name)
        if isinstance(focus, Items):
            self.effort.step(len(focus.found))
            return self._of_items(focus, name)
        if isinstance(focus, Answers):
            return self._of_answers(focus, name)
        if isinstance(focus, Options):
            return self._of_options(focus, name)
        if isinstance(focus, Weights) and name in _VALUES:
            return Plain(self.tree(focus))
        if isinstance(focus, Plain) and name in {"value", "unit", "code", "system", "display"}:
            return Plain(["part", name, focus.tree])
        raise Unsupported(f"the element {name}")

    def _of_root(self, focus: Root, name: str) -> Symbol:
        if name == "item":
            return Items(self.outline.at_top, focus.questionnaire)
        if name in {"QuestionnaireResponse", "Questionnaire"}:
            return focus
        raise Unsupported(f"the element {name} of the whole form")

    def _of_items(self, focus: Items, name: str) -> Symbol:
        items = self.outline.items
        if name == "item":
            pairs = ((item, child) for item in focus.found for child in self.outline.children[item.index])
            return Items(tuple(Reached(child, item.guard, item.near) for item, child in pairs), focus.questionnaire)
        if name == "linkId":
            return Plain(together([guarded(item.guard, items[item.index].link_id) for item in focus.found]))
        if name == "text":
            return Plain(together([guarded(item.guard, items[item.index].text) for item in focus.found]))
        if name == "answer" and not focus.questionnaire:
            return self.answers(focus)
        if name in _VALUES and not focus.questionnaire:  # not FHIR, but written: $this.value for $this.answer.value
            return Answers(self.answers(focus).pieces, wrapped=False)
        if name == "answerOption" and focus.questionnaire and len(focus.found) <= 1:
            return Options(focus.found[0].index) if focus.found else Plain([])
        raise Unsupported(f"the element {name} of an item")

    def answers(self, focus: Items) -> Answers:
        """The answers to the questions among these items. A value calculated from all answers is not one of them."""
        asked = (i for i in focus.found if self.outline.items[i.index].is_question and i.index != self._without)
        return Answers(tuple((item.index, self._answers(item)) for item in asked))

    def _answers(self, item: Reached) -> Tree:
        return guarded(item.guard, ["v" if item.near else "V", self.key(item.index)])

    def _of_answers(self, focus: Answers, name: str) -> Symbol:
        if name in _VALUES and (focus.wrapped or self._only_kind(focus) is not Kind.QUANTITY):
            return Answers(focus.pieces, wrapped=False)
        if name == "item" and focus.wrapped:
            return Items(tuple(Reached(child) for index, _ in focus.pieces for child in self.outline.children[index]))
        if name == "extension":
            return Extensions(focus)
        return Plain(together([self._part(index, tree, name) for index, tree in focus.pieces]))

    def _only_kind(self, focus: Answers) -> Kind | None:
        kinds = {self.outline.items[index].kind for index, _ in focus.pieces}
        return kinds.pop() if len(kinds) == 1 else None

    def _part(self, index: int, tree: Tree, name: str) -> Tree:
        item = self.outline.items[index]
        if item.kind in CHOICES:
            plain = all(not option.code for option in item.options)  # then an option's value is its code
            part = {
                "code": tree if plain else ["cod", item.key, tree],
                "display": ["lab", item.key, tree],
                "coding": tree,
            }.get(name)
            if part is not None:
                return part
        if item.kind is Kind.QUANTITY and name in {"value", "unit", "code"}:
            return ["part", "unit" if name == "code" else name, tree]
        raise Unsupported(f"the element {name} of the answer to {item.link_id}")

    def _of_options(self, focus: Options, name: str) -> Symbol:
        if name in _VALUES:
            every = together([option.value for option in self.outline.items[focus.index].options])
            return Answers(((focus.index, every if focus.chosen is None else focus.chosen),), wrapped=False)
        if name == "extension":
            return focus
        raise Unsupported(f"the element {name} of an option")


def _variable(compiler: Compiler, node: Node, focus: Symbol) -> Symbol:  # noqa: ARG001 -- all nodes share one signature
    name = node[1]
    known = compiler._variables.get(name)  # noqa: SLF001 -- the node functions are the compiler's own
    if known is not None:
        return known
    if name in {"resource", "rootResource", "questionnaire"}:
        return Root(questionnaire=name == "questionnaire")
    if name == "context":
        return compiler.start()
    if name == "qitem":
        start = compiler.start()
        return Items(start.found, questionnaire=True) if isinstance(start, Items) else Root(questionnaire=True)
    if name not in _SYSTEMS:
        raise Unsupported(f"%{name} is not known while the form is asked")
    return Plain(_SYSTEMS[name])


def _special(compiler: Compiler, node: Node, focus: Symbol) -> Symbol:  # noqa: ARG001
    return focus if node[1] == "$this" else Plain([node[1][1:]])


def _name(compiler: Compiler, node: Node, focus: Symbol) -> Symbol:
    if node[1] == "item" and compiler.stands_alone(focus):
        return compiler.member(Root(), "item")
    try:
        return compiler.member(focus, node[1])
    except Unsupported:
        if node[1] in {"QuestionnaireResponse", "Questionnaire"}:
            return Root(questionnaire=node[1] == "Questionnaire")
        raise


def _call(compiler: Compiler, node: Node, focus: Symbol) -> Symbol:
    return call(compiler, node[1], focus, args=node[2], around=focus)


def _dot(compiler: Compiler, node: Node, focus: Symbol) -> Symbol:
    left, right = compiler.compile(node[1], focus), node[2]
    if right[0] == "call":
        return call(compiler, right[1], left, args=right[2], around=focus)
    return compiler.compile(right, left)


def _at(compiler: Compiler, node: Node, focus: Symbol) -> Symbol:
    left, position = compiler.compile(node[1], focus), compiler.argument(node[2], focus)
    if isinstance(left, Items) and isinstance(position, int):
        if all(item.guard is True for item in left.found):
            return Items(left.found[position : position + 1], left.questionnaire)
        raise Unsupported("an index on conditional items")
    return call(compiler, "[]", left, args=(node[2],), around=focus)


def _negative(compiler: Compiler, node: Node, focus: Symbol) -> Symbol:
    return Plain(folded(["neg", compiler.argument(node[1], focus)]))


def _infix(compiler: Compiler, node: Node, focus: Symbol) -> Symbol:
    _, operator, left_node, right_node = node
    left = compiler.compile(left_node, focus)
    if operator == "as":
        return left
    if operator == "is":
        raise Unsupported("the operator is")
    right = compiler.compile(right_node, focus)
    if operator == "|":
        return call(compiler, "|", left, args=(right_node,), around=focus)
    moved = _moved(operator, left, right, compiler)
    if moved is not None:
        return moved
    dates = has_dates(left, compiler.outline) or has_dates(right, compiler.outline)
    return Plain(folded(symbols.binary(operator, compiler.tree(left), compiler.tree(right), dates=dates)))


def _moved(operator: str, left: Symbol, right: Symbol, compiler: Compiler) -> Symbol | None:
    """A date plus or minus a length of time."""
    quantity = right.tree if isinstance(right, Plain) else None
    if operator not in {"+", "-"} or not isinstance(quantity, dict) or not has_dates(left, compiler.outline):
        return None
    unit = _DURATIONS.get(str(quantity["unit"]))
    if unit is None:
        raise Unsupported(f"adding {quantity['unit']} to a date")
    amount = quantity["value"] if operator == "+" else -quantity["value"]
    return Plain(["move", compiler.tree(left), amount, unit], dates=True)


_NODES: Final[dict[str, Callable[[Compiler, Node, Symbol], Symbol]]] = {
    "lit": lambda _compiler, node, _focus: Plain(node[1]),
    "date": lambda _compiler, node, _focus: Plain(node[1], dates=True),
    "qty": lambda _compiler, node, _focus: Plain({"value": node[1], "unit": node[2]}),
    "empty": lambda _compiler, _node, _focus: Plain([]),
    "var": _variable,
    "this": _special,
    "name": _name,
    "call": _call,
    "dot": _dot,
    "at": _at,
    "neg": _negative,
    "bin": _infix,
}

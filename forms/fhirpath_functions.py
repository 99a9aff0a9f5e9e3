"""The FHIRPath functions the subset knows, each resolved against the form or turned into an operator of the tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from forms.fhirpath_call import Call
from forms.fhirpath_where import extension, weight, where
from forms.patterns import PatternError, compile_pattern
from forms.symbols import (
    Answers,
    Items,
    Plain,
    Reached,
    Root,
    Symbol,
    Unsupported,
    folded,
    has_dates,
    together,
)

if TYPE_CHECKING:
    from forms.fhirpath import Node
    from forms.fhirpath_trees import Compiler
    from forms.items import Tree


def call(compiler: Compiler, name: str, focus: Symbol, *, args: tuple[Node, ...], around: Symbol) -> Symbol:
    """What `focus.name(args)` means. Raises Unsupported."""
    found = _FUNCTIONS.get(name)
    if found is None:
        raise Unsupported(f"the function {name}()")
    least, most, handler = found
    if not least <= len(args) <= most:
        raise Unsupported(f"the function {name}() with {len(args)} arguments")
    return handler(Call(compiler, focus, args, around))


def _keeping(operator: str) -> Callable[[Call], Symbol]:
    """Functions that keep some elements: the answers to one question stay answers to that question."""

    def handle(this: Call) -> Symbol:
        rest = this.arguments()
        if isinstance(this.focus, Answers) and len(this.focus.pieces) == 1:
            index, tree = this.focus.pieces[0]
            return Answers(((index, [operator, tree, *rest]),), this.focus.wrapped)
        if isinstance(this.focus, Items) and len(this.focus.found) <= 1 and not rest:
            return this.focus
        return Plain(folded([operator, this.tree, *rest]), this.dates)

    return handle


def _tail(this: Call) -> Symbol:
    return Plain(folded(["skip", this.tree, 1]), this.dates)


# --- walking ----------------------------------------------------------------------------------------------------------


def _descendants(this: Call) -> Symbol:
    outline, focus = this.compiler.outline, this.focus
    if isinstance(focus, Root):
        return Items(outline.everything, focus.questionnaire)
    if isinstance(focus, Items):
        this.compiler.effort.step(sum(len(outline.below(item.index)) for item in focus.found))
        pairs = ((item, index) for item in focus.found for index in outline.below(item.index))
        return Items(tuple(Reached(index, item.guard, item.near) for item, index in pairs), focus.questionnaire)
    raise Unsupported("the descendants of something other than items")


def _all_answers(this: Call) -> Symbol:
    """answers(), as SDC's examples use it: those to all questions below."""
    below = _descendants(this)
    return this.compiler.answers(below) if isinstance(below, Items) else below


def _matches(this: Call) -> Symbol:
    """matches(): somewhere in the text, unless the pattern is anchored; checked without backtracking."""
    pattern = this.argument(0)
    if not isinstance(pattern, str):
        raise Unsupported("a pattern that depends on answers")
    before = "" if pattern.startswith("^") else r"[\s\S]*"
    after = "" if pattern.endswith("$") else r"[\s\S]*"
    whole = f"{before}(?:{pattern.removeprefix('^').removesuffix('$')}){after}"
    try:
        compile_pattern(whole)
    except PatternError as reason:
        raise Unsupported(f"the pattern: {reason}") from reason
    return Plain(folded(["fits", this.tree, whole]))


def _repeat(this: Call) -> Symbol:
    if not _words(this.args[0]) <= {"item", "answer"}:
        raise Unsupported("repeat() over something other than items")
    return _descendants(this)


def _words(node: Node) -> set[str]:
    """Every name in a small syntax tree."""
    if node[0] == "name":
        return {node[1]}
    return (
        set().union(*(_words(part) for part in node[1:] if isinstance(part, tuple) and part))
        if len(node) > 1
        else set()
    )


def _select(this: Call) -> Symbol:
    focus = this.focus
    if isinstance(focus, Items):
        each = [this.on(Items((item,), focus.questionnaire)) for item in focus.found]
        answers = [symbol for symbol in each if isinstance(symbol, Answers)]
        if each and len(answers) == len(each):
            return Answers(tuple(piece for symbol in answers for piece in symbol.pieces), wrapped=False)
        return Plain(together([this.compiler.tree(symbol) for symbol in each]))
    if isinstance(focus, Answers):
        mapped = [["map", tree, this.tree_on(Answers(((i, ["this"]),), focus.wrapped))] for i, tree in focus.pieces]
        return Plain(together(mapped))
    return Plain(["map", this.tree, this.tree_on(this.element)])


def _aggregate(this: Call) -> Symbol:
    start = this.argument(1) if len(this.args) > 1 else []
    return Plain(["fold", this.tree, this.compiler.tree(this.on(this.element)), start])


def _union(this: Call) -> Symbol:
    left, right = this.focus, this.on(this.around)
    if isinstance(left, Items) and isinstance(right, Items) and left.questionnaire == right.questionnaire:
        known = {item.index for item in left.found}
        return Items(left.found + tuple(i for i in right.found if i.index not in known), left.questionnaire)
    if isinstance(left, Answers) and isinstance(right, Answers):
        return Answers(left.pieces + right.pieces, left.wrapped)
    return Plain(folded(["distinct", together([this.compiler.tree(left), this.compiler.tree(right)])]))


def _combine(this: Call) -> Symbol:
    return Plain(together([this.tree, this.argument(0)]))


# --- questions about a collection -------------------------------------------------------------------------------------


def _exists(this: Call) -> Symbol:
    return Plain(folded(["any", this.compiler.tree(where(this) if this.args else this.focus)]))


def _all(this: Call) -> Symbol:
    focus = this.focus
    if isinstance(focus, Items):
        return Plain(_and([this.tree_on(Items((item,), focus.questionnaire)) for item in focus.found]))
    if isinstance(focus, Answers):
        each = [["all", tree, this.tree_on(Answers(((i, ["this"]),), focus.wrapped))] for i, tree in focus.pieces]
        return Plain(_and(each))
    return Plain(["all", this.tree, this.tree_on(this.element)])


def _and(trees: list[Tree]) -> Tree:
    return trees[0] if len(trees) == 1 else folded(["and", *trees]) if trees else True


def _some(truth: bool) -> Callable[[Call], Symbol]:  # noqa: FBT001 -- builds a table entry
    return lambda this: Plain(["any", ["where", this.tree, ["=", ["this"], truth]]])


def _every(truth: bool) -> Callable[[Call], Symbol]:  # noqa: FBT001
    return lambda this: Plain(["all", this.tree, ["=", ["this"], truth]])


def _iif(this: Call) -> Symbol:
    # Called bare, the criterion is read where the call stands; called on something, on that.
    parts = [this.compiler.compile(arg, this.focus) for arg in this.args]
    trees = [folded(this.compiler.tree(part)) for part in parts]
    dates = any(has_dates(part, this.compiler.outline) for part in parts[1:])
    return Plain(["if", trees[0], trees[1], trees[2] if len(trees) > 2 else []], dates)


# --- values -----------------------------------------------------------------------------------------------------------


def _computed(operator: str) -> Callable[[Call], Symbol]:
    return lambda this: Plain(folded([operator, this.tree, *this.arguments()]))


def _maths(name: str) -> Callable[[Call], Symbol]:
    return lambda this: Plain(folded(["math", name, this.tree, *this.arguments()]))


def _clock(operator: str) -> Callable[[Call], Symbol]:
    return lambda _this: Plain([operator], dates=True)


def _unchanged(this: Call) -> Symbol:
    """ofType(), as(), trace(): the form already says what type each answer has."""
    return this.focus


def _to_date(this: Call) -> Symbol:
    return Plain(this.tree, dates=True)


_FUNCTIONS: Final[dict[str, tuple[int, int, Callable[[Call], Symbol]]]] = {
    "where": (1, 1, where),
    "extension": (1, 1, extension),
    "ordinal": (0, 0, weight),
    "weight": (0, 0, weight),
    "first": (0, 0, _keeping("first")),
    "last": (0, 0, _keeping("last")),
    "single": (0, 0, _keeping("one")),
    "skip": (1, 1, _keeping("skip")),
    "take": (1, 1, _keeping("take")),
    "[]": (1, 1, _keeping("at")),
    "distinct": (0, 0, _keeping("distinct")),
    "tail": (0, 0, _tail),
    "descendants": (0, 0, _descendants),
    "repeat": (1, 1, _repeat),
    "answers": (0, 0, _all_answers),
    "matches": (1, 1, _matches),
    "children": (0, 0, lambda this: this.compiler.member(this.focus, "item")),
    "select": (1, 1, _select),
    "aggregate": (1, 2, _aggregate),
    "union": (1, 1, _union),
    "|": (1, 1, _union),
    "combine": (1, 1, _combine),
    "exists": (0, 1, _exists),
    "hasValue": (0, 0, lambda this: Plain(folded(["any", this.tree]))),
    "empty": (0, 0, _computed("none")),
    "count": (0, 0, _computed("count")),
    "all": (1, 1, _all),
    "anyTrue": (0, 0, _some(True)),
    "anyFalse": (0, 0, _some(False)),
    "allTrue": (0, 0, _every(True)),
    "allFalse": (0, 0, _every(False)),
    "iif": (2, 3, _iif),
    "not": (0, 0, _computed("not")),
    "sum": (0, 0, _computed("sum")),
    "avg": (0, 0, _computed("avg")),
    "min": (0, 0, _keeping("min")),
    "max": (0, 0, _keeping("max")),
    "toString": (0, 0, _computed("str")),
    "toInteger": (0, 0, _computed("int")),
    "toDecimal": (0, 0, _computed("dec")),
    "toBoolean": (0, 0, _computed("bool")),
    "toDate": (0, 0, _to_date),
    "toDateTime": (0, 0, _to_date),
    "substring": (1, 2, _computed("sub")),
    "startsWith": (1, 1, _computed("starts")),
    "endsWith": (1, 1, _computed("ends")),
    "contains": (1, 1, _computed("has")),
    "indexOf": (1, 1, _computed("find")),
    "length": (0, 0, _computed("length")),
    "upper": (0, 0, _computed("upper")),
    "lower": (0, 0, _computed("lower")),
    "trim": (0, 0, _computed("trim")),
    "replace": (2, 2, _computed("replace")),
    "join": (0, 1, _computed("join")),
    "split": (1, 1, _computed("split")),
    **{name: (0, 0, _maths(name)) for name in ("abs", "ceiling", "floor", "truncate", "sqrt", "exp", "ln")},
    **{name: (1, 1, _maths(name)) for name in ("log", "power")},
    "round": (0, 1, _maths("round")),
    "today": (0, 0, _clock("today")),
    "now": (0, 0, _clock("now")),
    "timeOfDay": (0, 0, _clock("time")),
    "ofType": (1, 1, _unchanged),
    "as": (1, 1, _unchanged),
    "trace": (1, 2, _unchanged),
}

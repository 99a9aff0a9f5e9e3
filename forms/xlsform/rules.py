"""XLSForm conditions and formulas as FHIR says them: enableWhen where it can, FHIRPath where it must.

What neither can say raises NotCarried with the reason, for the report.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from forms.xlsform.xpath import Node, parse_xpath

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
_VALUE_OF = {
    "integer": ("valueInteger", "answerInteger", int),
    "decimal": ("valueDecimal", "answerDecimal", float),
    "date": ("valueDate", "answerDate", str),
    "dateTime": ("valueDateTime", "answerDateTime", str),
    "time": ("valueTime", "answerTime", str),
    "string": ("valueString", "answerString", str),
    "text": ("valueString", "answerString", str),
}


class NotCarried(ValueError):
    """FHIR, or this importer, has no way to say it; the text says what."""


@dataclass(frozen=True, slots=True)
class Target:
    """A question that an expression may name: its linkId, FHIR type, and whether it takes several options."""

    link_id: str
    kind: str
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """Every ${name} of the form, and the type of the question whose cell is read, which "." stands for."""

    targets: Mapping[str, Target]
    own_kind: str = ""

    def find(self, name: str) -> Target:
        if name not in self.targets:
            raise NotCarried(f"${{{name}}} is no question of this form")
        return self.targets[name]


@dataclass(slots=True)
class Bounds:
    """What a constraint says in FHIR's own words: bounds, length and pattern, and what is left as an expression."""

    minimum: Any = None
    maximum: Any = None
    longest: int | None = None
    pattern: str | None = None
    tense: str | None = None
    rest: list[Node] = field(default_factory=list)


# --- enableWhen -------------------------------------------------------------------------------------------------------


def conditions(text: str, names: Names) -> tuple[list[dict[str, Any]], str]:
    """A flat "and" or "or" of comparisons as enableWhen with its behaviour. Raises NotCarried, XPathError."""
    tree = parse_xpath(text)
    operator = tree[1] if tree[0] == "bin" and tree[1] in ("and", "or") else "and"
    return [_condition(part, names) for part in _flat(tree, operator)], "all" if operator == "and" else "any"


def _flat(tree: Node, operator: str) -> list[Node]:
    if tree[0] == "bin" and tree[1] == operator:
        return [*_flat(tree[2], operator), *_flat(tree[3], operator)]
    return [tree]


def _condition(tree: Node, names: Names) -> dict[str, Any]:
    if tree[0] == "call" and tree[1] == "not" and len(tree[2]) == 1:
        inner = _condition(tree[2][0], names)
        return _negated(inner)
    if tree[0] == "call" and tree[1] == "selected" and len(tree[2]) == 2:
        return _compared(tree[2][0], "=", tree[2][1], names)
    if tree[0] == "bin" and tree[1] in _MIRRORED:
        if tree[2][0] == "ref" or _counts(tree[2]):
            return _compared(tree[2], tree[1], tree[3], names)
        return _compared(tree[3], _MIRRORED[tree[1]], tree[2], names)
    raise NotCarried("it is no plain comparison")


def _negated(condition: dict[str, Any]) -> dict[str, Any]:
    """ "=" and "!=" are each other's negation in R4, and so is "exists"; an order is not, for an empty answer."""
    if condition["operator"] in ("=", "!="):
        return {**condition, "operator": "!=" if condition["operator"] == "=" else "="}
    if condition["operator"] == "exists":
        return {**condition, "answerBoolean": not condition["answerBoolean"]}
    raise NotCarried("it negates an order")


def _counts(node: Node) -> bool:
    return node[0] == "call" and node[1] in ("count-selected", "string-length") and len(node[2]) == 1


def _compared(left: Node, operator: str, right: Node, names: Names) -> dict[str, Any]:
    if _counts(left):
        return _existence(left[2][0], operator, right, names)
    if left[0] != "ref":
        raise NotCarried("it compares something other than an answer")
    target = names.find(left[1])
    if right == ("str", ""):
        if operator not in ("=", "!="):
            raise NotCarried("it orders an empty answer")
        return {"question": target.link_id, "operator": "exists", "answerBoolean": operator == "!="}
    return {"question": target.link_id, "operator": operator, **_answer(target, right)}


def _existence(node: Node, operator: str, right: Node, names: Names) -> dict[str, Any]:
    """ "count-selected(x) > 0" asks whether there is an answer."""
    if node[0] != "ref" or (operator, right) not in _SOME | _NONE:
        raise NotCarried("it counts")
    there = (operator, right) in _SOME
    return {"question": names.find(node[1]).link_id, "operator": "exists", "answerBoolean": there}


_SOME = {(">", ("num", "0")), (">=", ("num", "1")), ("!=", ("num", "0"))}
_NONE = {("=", ("num", "0")), ("<", ("num", "1"))}


def _answer(target: Target, node: Node) -> dict[str, Any]:
    """The literal as the answer[x] of the question's type."""
    negative = node[0] == "neg" and node[1][0] == "num"
    literal = ("num", f"-{node[1][1]}") if negative else node
    if literal[0] not in ("num", "str"):
        raise NotCarried("it compares two answers")
    text = str(literal[1])
    if target.kind in ("choice", "open-choice"):
        return {"answerCoding": {"code": text}}
    if target.kind == "boolean":
        return {"answerBoolean": text in ("OK", "true", "1", "yes")}
    if target.kind not in _VALUE_OF:
        raise NotCarried(f"a {target.kind} answer is not compared")
    _, member, read = _VALUE_OF[target.kind]
    try:
        return {member: read(text)}
    except ValueError as error:
        raise NotCarried(f"{text!r} is no {target.kind}") from error


# --- constraint -------------------------------------------------------------------------------------------------------


def bounds(text: str, kind: str) -> Bounds:
    """The parts of a constraint that FHIR has its own words for; the others are left in `rest`. Raises XPathError."""
    found = Bounds()
    for part in _flat(parse_xpath(text), "and"):
        if not (part[0] == "bin" and _bound(part, kind, found)) and not _pattern(part, found):
            found.rest.append(part)
    return found


def _bound(tree: Node, kind: str, found: Bounds) -> bool:
    operator, left, right = tree[1], tree[2], tree[3]
    if left[0] in ("num", "neg", "str") or left == ("call", "today", ()):
        operator, left, right = _MIRRORED.get(operator, operator), right, left
    if left == ("call", "string-length", (("self",),)) and operator in ("<=", "<") and right[0] == "num":
        found.longest = int(float(right[1])) - (operator == "<")
        return True
    if left != ("self",) or operator not in ("<", "<=", ">", ">="):
        return False
    if right in (("call", "today", ()), ("call", "now", ())) and kind in ("date", "dateTime"):
        found.tense = "past" if operator.startswith("<") else "future"
        return True
    return _number_bound(operator, right, kind, found)


def _number_bound(operator: str, right: Node, kind: str, found: Bounds) -> bool:
    sign, number = (-1, right[1]) if right[0] == "neg" else (1, right)
    if number[0] != "num" or kind not in ("integer", "decimal"):
        return False
    value = sign * (float(number[1]) if "." in number[1] else int(number[1]))
    if operator in ("<", ">"):
        if kind != "integer" or value % 1:
            return False
        value += 1 if operator == ">" else -1
    if operator.startswith(">"):
        found.minimum = value if found.minimum is None else max(value, found.minimum)
    else:
        found.maximum = value if found.maximum is None else min(value, found.maximum)
    return True


def _pattern(tree: Node, found: Bounds) -> bool:
    if tree[0] != "call" or tree[1] != "regex" or len(tree[2]) != 2 or found.pattern is not None:
        return False
    subject, pattern = tree[2]
    if subject != ("self",) or pattern[0] != "str":
        return False
    found.pattern = pattern[1]
    return True


# --- FHIRPath ---------------------------------------------------------------------------------------------------------

_OPERATORS = {"div": "/"}  # the others are spelled alike
_WORDS = {"true": "true", "false": "false", "today": "today()", "now": "now()"}
_METHODS = {
    "string-length": "length",
    "not": "not",
    "int": "truncate",
    "abs": "abs",
    "string": "toString",
    "number": "toDecimal",
    "boolean": "exists",
    "date": "toDate",
    "sum": "sum",
    "count": "count",
    "count-selected": "count",
    "count-non-empty": "count",
    "exp": "exp",
    "log": "ln",
    "sqrt": "sqrt",
    "floor": "floor",
    "ceiling": "ceiling",
    "normalize-space": "trim",
}


def fhirpath(tree: Node, names: Names) -> str:
    """The expression in FHIRPath; "." is the answer to the question itself. Raises NotCarried."""
    match tree:
        case ("num", number):
            return f"0{number}" if str(number).startswith(".") else str(number)
        case ("str", text):
            return _quoted(text)
        case ("ref", name):
            return _value_of(names.find(name))
        case ("self",):
            return "%context.answer.value" + _code_of(names.own_kind)
        case ("neg", operand):
            return f"-({fhirpath(operand, names)})"
        case ("bin", operator, left, right):
            return _binary(operator, left, right, names)
    return _call(tree[1], tree[2], names)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _value_of(target: Target) -> str:
    found = f"%resource.descendants().where(linkId = {_quoted(target.link_id)}).answer.value"
    return found + _code_of(target.kind)


def _code_of(kind: str) -> str:
    return ".code" if kind in ("choice", "open-choice") else ""


def _binary(operator: str, left: Node, right: Node, names: Names) -> str:
    if operator in ("=", "!=") and ("str", "") in (left, right):
        subject = fhirpath(right if left == ("str", "") else left, names)
        return f"({subject}).{'exists' if operator == '!=' else 'empty'}()"
    return f"{_operand(left, names)} {_OPERATORS.get(operator, operator)} {_operand(right, names)}"


def _operand(tree: Node, names: Names) -> str:
    text = fhirpath(tree, names)
    return f"({text})" if tree[0] == "bin" else text


def _call(name: str, args: tuple[Node, ...], names: Names) -> str:
    said = [fhirpath(arg, names) for arg in args]
    if not args and name in _WORDS:
        return _WORDS[name]
    if len(args) == 1 and name in _METHODS:
        return f"({said[0]}).{_METHODS[name]}()"
    handler = _CALLS.get((name, len(args))) or _CALLS.get((name, 0))
    if handler is None or not args:
        raise NotCarried(f"the function {name}() has no counterpart")
    return handler(said)


_CALLS: dict[tuple[str, int], Callable[[list[str]], str]] = {  # by name and number of arguments; 0 is any number
    ("selected", 2): lambda said: f"({said[0]}).where($this = {said[1]}).exists()",
    ("contains", 2): lambda said: f"({said[0]}).contains({said[1]})",
    ("starts-with", 2): lambda said: f"({said[0]}).startsWith({said[1]})",
    ("ends-with", 2): lambda said: f"({said[0]}).endsWith({said[1]})",
    ("substr", 2): lambda said: f"({said[0]}).substring({said[1]})",
    ("substr", 3): lambda said: f"({said[0]}).substring({said[1]}, {said[2]} - ({said[1]}))",  # its third is the end
    ("if", 3): lambda said: f"iif({', '.join(said)})",
    ("coalesce", 2): lambda said: f"iif(({said[0]}).exists(), {said[0]}, {said[1]})",
    ("concat", 0): lambda said: f"({' & '.join(f'({part})' for part in said)})",
    ("round", 1): lambda said: f"({said[0]}).round()",
    ("round", 2): lambda said: f"({said[0]}).round({said[1]})",
    ("pow", 2): lambda said: f"({said[0]}).power({said[1]})",
    ("min", 0): lambda said: f"({' | '.join(f'({part})' for part in said)}).min()",
    ("max", 0): lambda said: f"({' | '.join(f'({part})' for part in said)}).max()",
}

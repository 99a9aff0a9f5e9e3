"""FHIRPath text to a syntax tree. Bounded: long or deeply nested texts are refused, nothing backtracks.

Grammar: FHIRPath 2.0.0 (normative), the parts questionnaires use. Nodes are tuples: ("lit", value), ("date", text),
("qty", number, unit), ("empty",), ("var", name), ("this", name), ("name", name), ("call", name, args),
("dot", left, right), ("at", left, index), ("bin", operator, left, right), ("neg", operand).
"""

from __future__ import annotations

import re
from typing import Any, Final

Node = tuple[Any, ...]

LONGEST: Final = 20_000
DEEPEST: Final = 80

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<date>@T?\d[\d:T.+\-Z]*)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<string>'(?:[^'\\]|\\.)*')
    |(?P<quoted>`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*")
    |(?P<variable>%(?:[A-Za-z_][A-Za-z0-9_\-]*|`[^`]*`|'[^']*'))
    |(?P<special>\$(?:this|index|total))
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign><=|>=|!=|!~|[-+*/&|=~<>().,\[\]{}])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "f": "\f"}
_LEVEL: Final = {
    "implies": 1, "or": 2, "xor": 2, "and": 3, "in": 4, "contains": 4, "=": 5, "~": 5, "!=": 5, "!~": 5,
    "<=": 6, "<": 6, ">": 6, ">=": 6, "|": 7, "is": 8, "as": 8, "+": 9, "-": 9, "&": 9,
    "*": 10, "/": 10, "div": 10, "mod": 10,
}  # fmt: skip
_CALENDAR_UNITS: Final = {
    "year", "years", "month", "months", "week", "weeks", "day", "days", "hour", "hours", "minute", "minutes",
    "second", "seconds", "millisecond", "milliseconds",
}  # fmt: skip


class FHIRPathError(ValueError):
    """The text is not FHIRPath; the message says where it goes wrong."""


def parse(text: str) -> Node:
    """The syntax tree of `text`. Raises FHIRPathError."""
    if len(text) > LONGEST:
        raise FHIRPathError(f"the expression is longer than {LONGEST} characters")
    reader = _Reader(_tokens(text))
    node = reader.expression(0)
    if reader.kind:
        raise FHIRPathError(f"unexpected {reader.text!r}")
    return node


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise FHIRPathError(f"cannot read {text[at : at + 10]!r}")
        at = match.end()
        if match.lastgroup and match.lastgroup != "space":
            found.append((match.lastgroup, match.group()))
    return found


def _unescape(text: str) -> str:
    def replaced(match: re.Match[str]) -> str:
        mark = match.group(1)
        return chr(int(mark[1:], 16)) if len(mark) > 1 else _ESCAPES.get(mark, mark)

    return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", replaced, text, flags=re.DOTALL)


class _Reader:
    """One pass over the tokens, operators by precedence climbing."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = [*tokens, ("", "")]
        self._at = 0
        self._depth = 0

    @property
    def kind(self) -> str:
        return self._tokens[self._at][0]

    @property
    def text(self) -> str:
        return self._tokens[self._at][1]

    def expression(self, least: int) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise FHIRPathError(f"nested more than {DEEPEST} deep")
        left = self._operand()
        while (level := self._operator_level()) > least:
            operator = self._next()
            right = self._type_name() if operator in {"is", "as"} else self.expression(level)
            left = ("bin", operator, left, right)
        self._depth -= 1
        return left

    def _operator_level(self) -> int:
        return _LEVEL.get(self.text, 0) if self.kind in {"sign", "word"} else 0

    def _next(self) -> str:
        text = self.text
        self._at += 1
        return text

    def _expect(self, sign: str) -> None:
        if self.text != sign or self.kind != "sign":
            raise FHIRPathError(f"expected {sign!r} before {self.text!r}")
        self._at += 1

    def _operand(self) -> Node:
        if self.kind == "sign" and self.text in {"-", "+"}:
            sign = self._next()
            operand = self._deeper_operand()
            return ("neg", operand) if sign == "-" else operand
        node = self._term()
        while self.kind == "sign" and self.text in {".", "["}:
            if self._next() == ".":
                node = ("dot", node, self._invocation())
            else:
                node = ("at", node, self.expression(0))
                self._expect("]")
        return node

    def _deeper_operand(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise FHIRPathError(f"nested more than {DEEPEST} deep")
        node = self._operand()
        self._depth -= 1
        return node

    def _term(self) -> Node:
        kind, text = self.kind, self.text
        if kind == "sign" and text == "(":
            self._at += 1
            node = self.expression(0)
            self._expect(")")
            return node
        if kind == "sign" and text == "{":
            self._at += 1
            self._expect("}")
            return ("empty",)
        if kind == "number":
            return self._number()
        if kind in {"string", "date", "variable", "special"}:
            self._at += 1
            return _literal(kind, text)
        if kind == "word" and text in {"true", "false"}:
            self._at += 1
            return ("lit", text == "true")
        return self._invocation()

    def _number(self) -> Node:
        text = self._next()
        number: int | float = float(text) if "." in text or len(text) > 15 else int(text)
        if self.kind == "string":
            return ("qty", number, _unescape(self._next()[1:-1]))
        if self.kind == "word" and self.text in _CALENDAR_UNITS:
            return ("qty", number, self._next())
        return ("lit", number)

    def _invocation(self) -> Node:
        kind, text = self.kind, self.text
        if kind == "special":
            self._at += 1
            return ("this", text)
        if kind not in {"word", "quoted"}:
            raise FHIRPathError(f"unexpected {text!r}" if text else "the expression ends too early")
        self._at += 1
        name = _unescape(text[1:-1]) if kind == "quoted" else text
        if self.kind == "sign" and self.text == "(":
            return ("call", name, self._arguments())
        return ("name", name)

    def _arguments(self) -> tuple[Node, ...]:
        self._expect("(")
        found: list[Node] = []
        while not (self.kind == "sign" and self.text == ")"):
            found.append(self.expression(0))
            if self.text != ",":
                break
            self._at += 1
        self._expect(")")
        return tuple(found)

    def _type_name(self) -> Node:
        name = self._invocation()
        while self.kind == "sign" and self.text == ".":
            self._at += 1
            name = self._invocation()
        return name


def _literal(kind: str, text: str) -> Node:
    if kind == "string":
        return ("lit", _unescape(text[1:-1]))
    if kind == "date":
        return ("date", text[1:].removeprefix("T") if text.startswith("@T") else text[1:].rstrip("T"))
    if kind == "variable":
        return ("var", text[1:].strip("`'"))
    return ("this", text)

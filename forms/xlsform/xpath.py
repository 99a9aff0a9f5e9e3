"""The XPath of XLSForm cells as a small syntax tree. Bounded in length and depth; nothing backtracks.

Nodes: ("num", text) ("str", text) ("ref", name) ("self",) ("call", name, args) ("bin", operator, left, right)
("neg", operand). Source: the ODK XForms specification, section on expressions.
"""

from __future__ import annotations

import re
from typing import Any

Node = tuple[Any, ...]

LONGEST = 4_000
DEEPEST = 60

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |\$\{\s*(?P<ref>[^}\s]+)\s*\}
    |(?P<number>\d+(?:\.\d+)?|\.\d+)
    |(?P<string>"[^"]*"|'[^']*')
    |(?P<sign><=|>=|!=|=|<|>|\+|-|\*|\(|\)|,|\|)
    |(?P<self>\.(?![\d.]))
    |(?P<word>[A-Za-z_][\w:.-]*)
    """,
    re.VERBOSE,
)
_LEVEL = {
    "or": 1,
    "and": 2,
    "=": 3,
    "!=": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "div": 6,
    "mod": 6,
}
_CURLY = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "\u00a0": " ", "–": "-", "≤": "<=", "≥": ">=", "≠": "!="}
)


class XPathError(ValueError):
    """The expression is not one that can be read; the text says where."""


def parse_xpath(text: str) -> Node:
    """The tree of an expression. Raises XPathError."""
    if len(text) > LONGEST:
        raise XPathError("it is too long")
    parser = _Parser(_tokens(text.translate(_CURLY)))
    node = parser.expression(0, 0)
    if parser.kind:
        raise XPathError(f"{parser.text!r} was not expected")
    return node


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise XPathError(f"{text[position : position + 12]!r} cannot be read")
        kind = str(found.lastgroup)
        if kind != "space":
            tokens.append((kind, found.group(kind)))
        position = found.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._position = 0

    @property
    def kind(self) -> str:
        return self._tokens[self._position][0] if self._position < len(self._tokens) else ""

    @property
    def text(self) -> str:
        return self._tokens[self._position][1] if self._position < len(self._tokens) else ""

    def _take(self) -> str:
        text = self.text
        self._position += 1
        return text

    def _expect(self, sign: str) -> None:
        if self.text != sign or self.kind != "sign":
            raise XPathError(f"{sign!r} is missing")
        self._position += 1

    def expression(self, level: int, depth: int) -> Node:
        if depth > DEEPEST:
            raise XPathError("it is nested too deeply")
        left = self._operand(depth)
        while self.kind in ("sign", "word") and _LEVEL.get(self.text, 0) > level:
            operator = self._take()
            left = ("bin", operator, left, self.expression(_LEVEL[operator], depth + 1))
        return left

    def _operand(self, depth: int) -> Node:
        kind, text = self.kind, self.text
        if kind == "sign" and text == "-":
            self._take()
            return ("neg", self.expression(6, depth + 1))
        if kind == "sign" and text == "(":
            self._take()
            inner = self.expression(0, depth + 1)
            self._expect(")")
            return inner
        if kind == "word":
            return self._call(depth)
        if kind in ("number", "string", "ref", "self"):
            self._take()
            return {
                "number": ("num", text),
                "string": ("str", text[1:-1]),
                "ref": ("ref", text),
                "self": ("self",),
            }[kind]
        raise XPathError(f"{text!r} was not expected" if text else "it ends too early")

    def _call(self, depth: int) -> Node:
        name = self._take()
        if self.text != "(":
            raise XPathError(f"{name!r} is not known here")
        self._expect("(")
        args: list[Node] = []
        while self.text != ")":
            args.append(self.expression(0, depth + 1))
            if self.text != ",":
                break
            self._take()
        self._expect(")")
        return ("call", name, tuple(args))

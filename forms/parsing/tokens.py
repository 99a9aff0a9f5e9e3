"""A folded text cut into figures, words and marks."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    FIGURE = 1  # 37,8 or 1 000
    WORD = 2
    MARK = 3


class Token(NamedTuple):
    kind: Kind
    text: str
    start: int
    end: int


# Digits in groups of three ("1 000") stay together; a leading point counts as one only where a number may begin (".5").
_TOKEN = re.compile(
    r"(?P<figure>(?:(?<![\d.,])\d{1,3}(?: \d{3})+(?!\d)|\d+)(?:[.,]\d+)*|(?<![^\s=:(~+-])[.,]\d+)"
    r"|(?P<word>[^\W\d_]+)|(?P<mark>\S)"
)
_KINDS = {"figure": Kind.FIGURE, "word": Kind.WORD, "mark": Kind.MARK}


def tokenize(folded: str) -> list[Token]:
    return [
        Token(_KINDS[str(found.lastgroup)], found.group(), found.start(), found.end())
        for found in _TOKEN.finditer(folded)
    ]


def touches(left: Token, right: Token) -> bool:
    """Is there nothing between the two?"""
    return left.end == right.start

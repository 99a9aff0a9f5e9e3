"""Regular expressions from forms, matched in time that grows with the text only: no backtracking, whatever the pattern.

A pattern becomes a small automaton whose states are followed all at once (Thompson's construction). What the automaton
cannot express (back-references, look-around) is refused with a reason.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

LONGEST_PATTERN: Final = 2_000
LONGEST_TEXT: Final = 2_000
_MOST_STATES: Final = 1_200
_DEEPEST: Final = 60

_Test = Callable[[str], bool]


class PatternError(ValueError):
    """The pattern cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern. `nested`: it repeats a repetition, which makes other programs hang."""

    tests: tuple[_Test | None, ...]  # of each state; None: only passes on
    nexts: tuple[tuple[int, ...], ...]
    start: int
    end: int
    nested: bool

    def matches(self, text: str) -> bool:
        """True when the whole text fits. A text longer than LONGEST_TEXT never does."""
        if len(text) > LONGEST_TEXT:
            return False
        states = self._closed({self.start})
        for character in text:
            moved = {
                n for state in states if (test := self.tests[state]) and test(character) for n in self.nexts[state]
            }
            if not moved:
                return False
            states = self._closed(moved)
        return self.end in states

    def _closed(self, states: set[int]) -> set[int]:
        """All states reached without reading a character."""
        stack, reached = list(states), set(states)
        while stack:
            state = stack.pop()
            if self.tests[state] is None:
                fresh = [n for n in self.nexts[state] if n not in reached]
                reached.update(fresh)
                stack.extend(fresh)
        return reached


class PatternRoom:
    """How large the patterns of one form may be together; more would take too long to prepare."""

    def __init__(self, states: int = 60_000) -> None:
        self._left = states

    def compile(self, pattern: str) -> Pattern:
        """As compile_pattern. Raises PatternError when there is no room left."""
        if self._left <= 0:
            raise PatternError("the form's patterns are too large together")
        try:
            compiled = compile_pattern(pattern)
        except PatternError:
            self._left -= _MOST_STATES
            raise
        self._left -= len(compiled.tests)
        return compiled


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> Pattern:
    """The automaton for a pattern that must fit the whole answer, as in XML Schema. Raises PatternError."""
    if len(pattern) > LONGEST_PATTERN:
        raise PatternError(f"it is longer than {LONGEST_PATTERN} characters")
    builder = _Builder(pattern)
    start, end = builder.alternatives()
    if builder.more():
        raise PatternError(f"unexpected {builder.peek()!r}")
    return Pattern(tuple(builder.tests), tuple(map(tuple, builder.nexts)), start, end, builder.nested)


class _Builder:
    """Reads the pattern once and builds fragments, each with one start and one end state."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._depth = 0
        self.tests: list[_Test | None] = []
        self.nexts: list[list[int]] = []
        self.nested = False
        self._varied: list[bool] = [False]  # whether the group being read repeats something without a fixed count

    def more(self) -> bool:
        return self._at < len(self._pattern)

    def peek(self) -> str:
        return self._pattern[self._at] if self.more() else ""

    def _take(self) -> str:
        if not self.more():
            raise PatternError("it ends too early")
        self._at += 1
        return self._pattern[self._at - 1]

    def _state(self, test: _Test | None = None) -> int:
        if len(self.tests) >= _MOST_STATES:
            raise PatternError("it is too large once its repetitions are written out")
        self.tests.append(test)
        self.nexts.append([])
        return len(self.tests) - 1

    def _join(self, left: int, right: int) -> None:
        self.nexts[left].append(right)

    def alternatives(self) -> tuple[int, int]:
        branches = [self._sequence()]
        while self.peek() == "|":
            self._take()
            branches.append(self._sequence())
        if len(branches) == 1:
            return branches[0]
        start, end = self._state(), self._state()
        for first, last in branches:
            self._join(start, first)
            self._join(last, end)
        return start, end

    def _sequence(self) -> tuple[int, int]:
        start = end = self._state()
        while self.more() and self.peek() not in "|)":
            first, last = self._repeated()
            self._join(end, first)
            end = last
        return start, end

    def _repeated(self) -> tuple[int, int]:
        begin, varied_before = self._at, self._varied[-1]
        self._varied.append(False)
        fragment = self._atom()
        inner = self._varied.pop()
        end = self._at
        low, high = self._count()
        if (low, high) == (1, 1):
            self._varied[-1] = varied_before or inner
            return fragment
        if self.peek() and self.peek() in "*+?{" and self._is_count():
            raise PatternError("two repetitions in a row")
        open_ended = high is None or high - low > 10
        self.nested = self.nested or (inner and open_ended)
        self._varied[-1] = varied_before or inner or open_ended
        return self._copies(begin, end, low=low, high=high, first=fragment)

    def _copies(self, begin: int, end: int, *, low: int, high: int | None, first: tuple[int, int]) -> tuple[int, int]:
        """The fragment written out `low` to `high` times, by reading its part of the pattern again."""
        after, nested = self._at, self.nested
        start = tip = self._state()
        exit_ = self._state()
        pending: tuple[int, int] | None = first
        for number in range(max(low, high if high is not None else low + 1, 1) if high != 0 else 0):
            if pending is None:
                self._at = begin
                self._varied.append(False)
                pending = self._atom()
                self._varied.pop()
            if number >= low:
                self._join(tip, exit_)
            self._join(tip, pending[0])
            tip = self._state()
            self._join(pending[1], tip)
            if high is None and number >= low:
                self._join(tip, pending[0])
            pending = None
        self._join(tip, exit_)
        self._at, self.nested = after, nested
        assert end <= after
        return start, exit_

    def _is_count(self) -> bool:
        if self.peek() != "{":
            return True
        close = self._pattern.find("}", self._at)
        return close > 0 and self._pattern[self._at + 1 : close].replace(",", "").isdigit()

    def _count(self) -> tuple[int, int | None]:
        mark = self.peek()
        if mark in {"*", "+", "?"}:
            self._take()
            self._lazy()
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[mark]
        if mark == "{" and self._is_count():
            close = self._pattern.index("}", self._at)
            low, comma, high = self._pattern[self._at + 1 : close].partition(",")
            self._at = close + 1
            self._lazy()
            return self._limits(low, comma, high)
        return 1, 1

    @staticmethod
    def _limits(low: str, comma: str, high: str) -> tuple[int, int | None]:
        least = int(low or 0)
        most = int(high) if high else None if comma else least
        if least > 1_000 or (most or 0) > 1_000 or (most is not None and most < least):
            raise PatternError("a repetition count that is too large or the wrong way round")
        return least, most

    def _lazy(self) -> None:
        """`*?` and `*+` choose among matches; for "does the whole text fit" they change nothing."""
        if self.peek() and self.peek() in "?+":
            self._take()

    def _atom(self) -> tuple[int, int]:
        character = self._take()
        if character == "(":
            return self._group()
        if character in "^$":
            at_edge = self._at == 1 or self._pattern[self._at - 2] in "(|" if character == "^" else self._ends()
            if not at_edge:
                raise PatternError(f"{character} inside the pattern")
            state = self._state()
            return state, state
        if character in "*+?":
            raise PatternError("a repetition of nothing")
        return self._single(self._test(character))

    def _ends(self) -> bool:
        return not self.more() or self.peek() in "|)"

    def _single(self, test: _Test) -> tuple[int, int]:
        state, after = self._state(test), self._state()
        self._join(state, after)
        return state, after

    def _group(self) -> tuple[int, int]:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise PatternError(f"groups nested more than {_DEEPEST} deep")
        if self.peek() == "?":
            self._take()
            if self._take() != ":":
                raise PatternError("look-around, flags and named groups are not supported")
        fragment = self.alternatives()
        if self.peek() != ")":
            raise PatternError("a group that is not closed")
        self._take()
        self._depth -= 1
        return fragment

    def _test(self, character: str) -> _Test:
        if character == ".":
            return lambda c: c != "\n"
        if character == "[":
            return self._class()
        if character == "\\":
            return self._escape(self._take())
        return lambda c: c == character

    def _escape(self, mark: str) -> _Test:
        if mark in _CLASSES:
            return _CLASSES[mark]
        if mark in "pP":
            return self._property(negated=mark == "P")
        if mark == "b" or mark.isdigit() or mark in "BAZzGkQE":
            raise PatternError(f"\\{mark} is not supported")
        if mark in "ux":
            return self._code_point(mark)
        literal = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}.get(mark, mark)
        return lambda c: c == literal

    def _code_point(self, mark: str) -> _Test:
        length = 4 if mark == "u" else 2
        digits = self._pattern[self._at : self._at + length]
        try:
            literal = chr(int(digits if len(digits) == length else "", 16))
        except ValueError as reason:
            raise PatternError(f"\\{mark} without {length} digits") from reason
        self._at += length
        return lambda c: c == literal

    def _property(self, *, negated: bool) -> _Test:
        """\\p{L} and the like: Unicode general categories."""
        close = self._pattern.find("}", self._at)
        if self.peek() != "{" or close < 0:
            raise PatternError("\\p without a category")
        name = self._pattern[self._at + 1 : close]
        self._at = close + 1
        if len(name) > 2:
            raise PatternError(f"the category {name} is not supported")
        return lambda c: unicodedata.category(c).startswith(name) is not negated

    def _class(self) -> _Test:
        negated = self.peek() == "^"
        if negated:
            self._take()
        tests: list[_Test] = []
        first = True
        while first or self.peek() != "]":
            tests.append(self._class_member(self._take()))
            first = False
        self._take()
        return lambda c: any(test(c) for test in tests) is not negated

    def _class_member(self, low: str) -> _Test:
        if low == "\\":
            mark = self._take()
            if mark in _CLASSES:
                return _CLASSES[mark]
            if mark in "pP":
                return self._property(negated=mark == "P")
            low = {"n": "\n", "t": "\t", "r": "\r"}.get(mark, mark)
        rest = self._pattern[self._at : self._at + 2]
        if len(rest) < 2 or rest[0] != "-" or rest[1] == "]":
            return lambda c: c == low
        self._take()
        high = self._take()
        high = self._take() if high == "\\" else high
        if high < low:
            raise PatternError(f"the range {low}-{high} is the wrong way round")
        return lambda c: low <= c <= high


_CLASSES: Final[dict[str, _Test]] = {
    "d": lambda c: c.isdigit(),
    "D": lambda c: not c.isdigit(),
    "w": lambda c: c.isalnum() or c == "_",
    "W": lambda c: not (c.isalnum() or c == "_"),
    "s": lambda c: c.isspace(),
    "S": lambda c: not c.isspace(),
}

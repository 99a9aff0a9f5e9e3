"""Texts given to a command: its arguments, or the lines of standard input for "-"."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_LINE = 1_000_000  # bytes; the rest of a longer line is read and dropped, so that no input fills the memory


def lines_of(texts: tuple[str, ...]) -> Iterator[str]:
    """Each text, with "-" standing for the lines of standard input. What is no Unicode is replaced by its sign."""
    for text in texts:
        if text == "-":
            yield from _standard_input()
        else:
            yield text.encode("utf-8", errors="replace").decode("utf-8")


def _standard_input() -> Iterator[str]:
    source = sys.stdin.buffer
    while line := source.readline(LONGEST_LINE):
        rest = line
        while not rest.endswith(b"\n") and (rest := source.readline(LONGEST_LINE)):
            pass
        yield line.decode("utf-8", errors="replace").rstrip("\r\n")
